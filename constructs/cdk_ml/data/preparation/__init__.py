"""Preparation of data: what arrives is checked, put aside or merged into tables, and made features of."""
