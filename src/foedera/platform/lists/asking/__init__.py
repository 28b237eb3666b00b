"""What a person may write in the search box of a list: words as ever, or a query such as `state:expiring partner:BR until:2027-03`."""
