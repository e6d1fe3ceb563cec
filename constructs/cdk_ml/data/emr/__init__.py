"""Spark on Amazon EMR: without servers, on EC2 and on EKS."""
