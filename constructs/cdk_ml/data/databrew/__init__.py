"""Data preparation with AWS Glue DataBrew: datasets, recipes from files, profiles, rules that gate, and schedules."""
