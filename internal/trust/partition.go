package trust

import "strings"

// partitions are AWS's, each with what its Regions begin with and the Region
// that its IAM is signed for.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-endpoints.html
func partitions() []struct{ name, prefix, home string } {
	return []struct{ name, prefix, home string }{
		{"aws-cn", "cn-", "cn-north-1"},
		{"aws-us-gov", "us-gov-", "us-gov-west-1"},
		{"aws-iso", "us-iso-", "us-iso-east-1"},
		{"aws-iso-b", "us-isob-", "us-isob-east-1"},
		{"aws-iso-e", "eu-isoe-", "eu-isoe-west-1"},
		{"aws-iso-f", "us-isof-", "us-isof-south-1"},
		{"aws-eusc", "eusc-", "eusc-de-east-1"},
	}
}

// PartitionOf is the partition that a Region lies in.
func PartitionOf(region string) string {
	for _, p := range partitions() {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// HomeRegion is the Region that a partition's IAM is signed for.
func HomeRegion(partition string) string {
	for _, p := range partitions() {
		if p.name == partition {
			return p.home
		}
	}
	return "us-east-1"
}

// Partition is the partition that an ARN names, or "".
func (a ARN) Partition() string {
	rest, ok := strings.CutPrefix(string(a), "arn:")
	partition, _, ended := strings.Cut(rest, ":")
	if !ok || !ended {
		return ""
	}
	return partition
}
