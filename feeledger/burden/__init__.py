"""What fees cost: per enterprise and by trade, size and department, beside last year and its kind."""
