"""Queries with Amazon Athena: work groups, saved queries, prepared statements, and views that are code."""
