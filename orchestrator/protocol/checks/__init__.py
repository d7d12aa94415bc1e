"""What only the whole file shows: names that lead nowhere, and plans that contradict themselves."""
