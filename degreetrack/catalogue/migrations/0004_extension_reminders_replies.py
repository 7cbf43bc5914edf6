from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0003_charges'),
    ]

    # What the columns hold until the institution's folder is loaded again.
    operations = [
        migrations.AddField(
            model_name='institution',
            name='extension_days',
            field=models.PositiveSmallIntegerField(default=0, help_text='days more to answer, given once on request'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='institution',
            name='reminder_days',
            field=models.JSONField(default=list, help_text='days after the objections to remind on'),
        ),
        migrations.AddField(
            model_name='institution',
            name='reply_days',
            field=models.PositiveSmallIntegerField(default=5, help_text='working days to answer a question'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='institution',
            name='withdrawal_rule_en',
            field=models.CharField(default='', help_text='what becomes of the fee', max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='institution',
            name='withdrawal_rule_ur',
            field=models.CharField(default='', max_length=300),
            preserve_default=False,
        ),
    ]
