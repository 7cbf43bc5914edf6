"""Students and their results, as the examination system knows them."""

from django.db import models

from degreetrack.catalogue.models import Programme, Region
from degreetrack.kit.languages import InLanguage


class Gender(models.TextChoices):
    MALE = "M", "M"
    FEMALE = "F", "F"


class Student(models.Model):
    """A person with the university; the registration number identifies them."""

    registration_no = models.CharField(max_length=20, unique=True)
    name_en = models.CharField(max_length=100)
    name_ur = models.CharField(max_length=100, blank=True)
    father_name_en = models.CharField(max_length=100)
    father_name_ur = models.CharField(max_length=100, blank=True)
    gender = models.CharField(max_length=1, choices=Gender)
    date_of_birth = models.DateField(null=True)
    cnic = models.CharField(max_length=15, blank=True, db_index=True, help_text="5-7-1; never in public")
    mobile = models.CharField(max_length=16, blank=True, help_text="E.164")
    email = models.EmailField(blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, db_index=False)
    name_key = models.CharField(max_length=100, db_index=True, help_text="kit.urdu.search_key of name_en")
    name_ur_key = models.CharField(max_length=100, db_index=True, help_text="the same of name_ur")
    name = InLanguage()
    father_name = InLanguage()

    def __str__(self) -> str:
        return self.registration_no


class Result(models.Model):
    """One award of one student; the roll number identifies it."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="results")
    roll_no = models.CharField(max_length=12, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, db_index=False)
    semester_passed = models.CharField(max_length=20)
    result_date = models.DateField()
    total_marks = models.PositiveIntegerField()
    obtained_marks = models.PositiveIntegerField()
    result_codes = models.CharField(max_length=100, blank=True, help_text="';' between")

    def __str__(self) -> str:
        return self.roll_no

    @property
    def codes(self) -> list[str]:
        """The result's codes, in the order given; none where all courses are passed."""
        return [code for code in self.result_codes.split(";") if code]


class Name(models.Model):
    """A name as one or many students bear it, in either script, for the search: kit.urdu.search_key of it."""

    key = models.CharField(max_length=100, unique=True)
    sounds = models.CharField(max_length=100, help_text="kit.sounds.sounds, a space between")

    class Meta:
        indexes = [models.Index(fields=["sounds"], name="name_by_sounds")]

    def __str__(self) -> str:
        return self.key


class Sound(models.Model):
    """How a word of a name sounds: kit.sounds.sound. Few are shared by very many names."""

    key = models.CharField(max_length=30, unique=True)

    def __str__(self) -> str:
        return self.key


class SoundForm(models.Model):
    """What a sound is with a letter missing: two sounds with one mistake between them share a form."""

    pk = models.CompositePrimaryKey("form", "sound_id")
    form = models.CharField(max_length=30)
    sound = models.ForeignKey(
        Sound, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )


class NamePart(models.Model):
    """One sound of one name."""

    pk = models.CompositePrimaryKey("sound_id", "name_id")
    sound = models.ForeignKey(
        Sound, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    name = models.ForeignKey(
        Name, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )


class UnlearntNames(models.Model):
    """Names of one batch of an import that the search does not know yet; gone once it does."""

    keys = models.JSONField(help_text="as of search_key()")
