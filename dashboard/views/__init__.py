"""The pages. They draw; questions are asked in `dashboard.queries`, charts made in `dashboard.charts`."""
