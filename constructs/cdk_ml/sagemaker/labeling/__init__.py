"""Labelling with SageMaker Ground Truth, for accounts that used it before it closed to new customers."""
