{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Deploy",
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject"],
      "Resource": "arn:aws:s3:::${bucket}/*"
    },
    {
      "Sid": "KeepHistory",
      "Effect": "Deny",
      "Action": "s3:DeleteObjectVersion",
      "Resource": "*"
    }
  ]
}
