package trust

import "testing"

func TestARegionsPartitionIsThatOfItsHome(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "aws", "us-east-1": "aws", "cn-northwest-1": "aws-cn", "us-gov-east-1": "aws-us-gov", "us-iso-west-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-east-1": "aws-iso-f", "eusc-de-east-1": "aws-eusc",
	} {
		if got := PartitionOf(region); got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
		if got := PartitionOf(HomeRegion(want)); got != want {
			t.Errorf("the home of %s is %s, which is in %s", want, HomeRegion(want), got)
		}
	}
	for arn, want := range map[ARN]string{"arn:aws-cn:iam::1:role/r": "aws-cn", "arn:aws": "", "": "", "x:aws:y": ""} {
		if got := arn.Partition(); got != want {
			t.Errorf("%s: got %q, want %q", arn, got, want)
		}
	}
}
