"""What operators use, on a stack on AWS as on the local one. It needs nothing but boto3."""
