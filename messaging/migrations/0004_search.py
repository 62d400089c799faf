"""The index of what messages say.

It is made by messaging/search.py as that is now, for it holds nothing that is not in the messages. On SQLite a later
migration that rebuilds the table of messages (AlterField, AddConstraint …) loses the triggers: it has to end with these
two operations again, or `manage.py rebuild_search` be run.
"""

from django.conf import settings
from django.db import migrations

from messaging import search


def build(apps, schema_editor):
    search.drop(schema_editor.connection)
    search.build(schema_editor.connection, settings.SEARCH_LANGUAGE)


def drop(apps, schema_editor):
    search.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_reactions_mentions_attachments")]

    operations = [migrations.RunPython(build, drop)]
