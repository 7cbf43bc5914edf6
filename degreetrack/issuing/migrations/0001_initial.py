"""Print runs, manifests and the files that the post sends back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('applications', '0006_holds'),
        ('credentials', '0002_stock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Manifest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('courier', models.CharField(max_length=40)),
                ('office', models.SlugField(blank=True, help_text='code of a region; empty at headquarters')),
                ('started_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('started_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('PC', 'Provisional certificate'), ('DMC', 'Result card (DMC)'), ('DEGREE', 'Degree')], max_length=6)),
                ('office', models.SlugField(blank=True, help_text='code of a region; empty at headquarters')),
                ('started_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('started_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='TakenFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('consignments', 'Consignment numbers'), ('deliveries', 'Deliveries and returns')], max_length=12)),
                ('courier', models.CharField(max_length=40)),
                ('office', models.SlugField(blank=True, help_text='code of a region; empty at headquarters')),
                ('name', models.CharField(max_length=100)),
                ('taken_at', models.DateTimeField()),
                ('new', models.PositiveIntegerField(default=0)),
                ('known', models.PositiveIntegerField(default=0, help_text='rows that were taken in before')),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('rejects', models.TextField(blank=True, help_text='CSV: the rejected rows, each with its reason')),
                ('manifest', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='issuing.manifest')),
                ('taken_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ManifestLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('courier', models.CharField(help_text="the manifest's, whose number it gets", max_length=40)),
                ('consignment_no', models.CharField(blank=True, max_length=40)),
                ('sent_at', models.DateTimeField(null=True)),
                ('ended_on', models.DateField(help_text="delivered or back, as the courier's file says", null=True)),
                ('taken_off_at', models.DateTimeField(null=True)),
                ('off_reason', models.CharField(blank=True, max_length=300)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='manifest_lines', to='applications.application')),
                ('manifest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='issuing.manifest')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('manifest', 'position'), name='manifest_position_once'), models.UniqueConstraint(condition=models.Q(('consignment_no', ''), _negated=True), fields=('courier', 'consignment_no'), name='consignment_once_of_a_courier'), models.UniqueConstraint(condition=models.Q(('sent_at', None), ('taken_off_at', None)), fields=('application',), name='file_waits_on_one_manifest'), models.CheckConstraint(condition=models.Q(models.Q(('consignment_no', ''), ('sent_at', None)), models.Q(models.Q(('consignment_no', ''), _negated=True), ('sent_at__isnull', False), ('taken_off_at', None)), _connector='OR'), name='manifest_line_sent_with_a_number')],
            },
        ),
        migrations.CreateModel(
            name='RunLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('ended_at', models.DateTimeField(help_text='when its run was closed', null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='run_lines', to='applications.application')),
                ('blank', models.OneToOneField(help_text='none: it needs one', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='run_line', to='credentials.blank')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='issuing.run')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('run', 'position'), name='run_position_once'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('application',), name='file_in_one_open_run')],
            },
        ),
    ]
