"""What a date is made of: facts in, views out. Plain functions over the stages, without Prefect."""
