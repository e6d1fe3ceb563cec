"""SageMaker Studio: domains, their users and spaces, what runs in them, and how they come down."""
