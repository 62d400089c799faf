"""The same models behind GraphQL as the documentation of strawberry-graphql-django and django-graphql-jwt shows it: for
comparison, and nothing else. It has no guards."""
