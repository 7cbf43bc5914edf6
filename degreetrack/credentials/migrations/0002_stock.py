"""Stock by lots and numbers, with a ledger that can be added to, never changed or removed."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


TABLE = "credentials_stockline"
MESSAGE = "the ledger of stock is append-only"


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION stock_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}"
            " FOR EACH ROW EXECUTE FUNCTION stock_append_only()"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION stock_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_{change.lower()} BEFORE {change} ON {TABLE}"
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE}")
        schema_editor.execute("DROP FUNCTION stock_append_only()")
        return
    for change in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_{change}")


class Migration(migrations.Migration):

    dependencies = [
        ('credentials', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Blank',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('serial', models.PositiveBigIntegerField()),
                ('fate', models.CharField(choices=[('in_store', 'In the store'), ('issued', 'Issued to a print run'), ('printed', 'Printed'), ('spoiled', 'Spoilt'), ('void', 'Void')], default='in_store', max_length=8)),
                ('stream', models.CharField(blank=True, help_text="'application/17', once it was meant for", max_length=40)),
                ('run', models.CharField(blank=True, help_text="'run/3', where it went to a print run", max_length=40)),
                ('reason', models.CharField(blank=True, help_text='why it is spoilt or void', max_length=300)),
                ('at', models.DateTimeField(help_text='of its last change')),
            ],
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('PC', 'Provisional certificate'), ('DMC', 'Result card (DMC)'), ('DEGREE', 'Degree')], max_length=6)),
                ('prefix', models.CharField(blank=True, help_text='what stands before the digits', max_length=10)),
                ('first', models.PositiveBigIntegerField()),
                ('last', models.PositiveBigIntegerField()),
                ('width', models.PositiveSmallIntegerField(help_text='digits of each number, with leading zeros')),
                ('paper_no', models.CharField(help_text="of the printer's delivery note, and whose", max_length=60)),
                ('received_at', models.DateTimeField()),
                ('received_by_name', models.CharField(max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='StockLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(blank=True, choices=[('in_store', 'In the store'), ('issued', 'Issued to a print run'), ('printed', 'Printed'), ('spoiled', 'Spoilt'), ('void', 'Void')], help_text='empty: from the printer', max_length=8)),
                ('after', models.CharField(choices=[('in_store', 'In the store'), ('issued', 'Issued to a print run'), ('printed', 'Printed'), ('spoiled', 'Spoilt'), ('void', 'Void')], max_length=8)),
                ('first', models.PositiveBigIntegerField()),
                ('last', models.PositiveBigIntegerField()),
                ('quantity', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('by_name', models.CharField(max_length=150)),
                ('reason', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='stockuse',
            name='one_good_print',
        ),
        migrations.DeleteModel(
            name='StockUse',
        ),
        migrations.AddField(
            model_name='lot',
            name='received_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='blank',
            name='lot',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='blanks', to='credentials.lot'),
        ),
        migrations.AddField(
            model_name='stockline',
            name='by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stockline',
            name='lot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='credentials.lot'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='lot_in_order'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['PC', 'DMC', 'DEGREE'])), name='lot_known_kind'),
        ),
        migrations.AddIndex(
            model_name='blank',
            index=models.Index(fields=['lot', 'fate', 'serial'], name='blank_next'),
        ),
        migrations.AddIndex(
            model_name='blank',
            index=models.Index(condition=models.Q(('stream', ''), _negated=True), fields=['stream'], name='blank_stream'),
        ),
        migrations.AddIndex(
            model_name='blank',
            index=models.Index(condition=models.Q(('run', ''), _negated=True), fields=['run'], name='blank_run'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.UniqueConstraint(fields=('lot', 'serial'), name='blank_once_in_its_lot'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.UniqueConstraint(condition=models.Q(('fate', 'printed')), fields=('stream',), name='one_good_print_of_a_stream'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.CheckConstraint(condition=models.Q(('fate__in', ['in_store', 'issued', 'printed', 'spoiled', 'void'])), name='blank_known_fate'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.CheckConstraint(condition=models.Q(('stream', ''), ('fate__in', ['printed', 'spoiled']), _connector='OR'), name='blank_stream_when_used'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fate', 'printed'), _negated=True), models.Q(('stream', ''), _negated=True), _connector='OR'), name='blank_printed_for_one'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fate', 'issued'), _negated=True), models.Q(('run', ''), _negated=True), _connector='OR'), name='blank_issued_to_a_run'),
        ),
        migrations.AddConstraint(
            model_name='blank',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fate__in', ['spoiled', 'void']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='blank_lost_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='stockline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('last'), '-', models.F('first')), '+', models.Value(1))), ('quantity__gt', 0)), name='stock_line_counts_its_numbers'),
        ),
        migrations.AddConstraint(
            model_name='stockline',
            constraint=models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='stock_line_moves'),
        ),
        migrations.RunPython(forbid, allow),
    ]
