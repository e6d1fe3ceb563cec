"""Watching models: data quality, drift and model quality, from what endpoints captured or batches left."""
