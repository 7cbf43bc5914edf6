"""Made-up people, named as in Pakistan: few common names, written in several ways, and many rare ones."""

import random
from functools import lru_cache
from itertools import accumulate

# Urdu, and the ways in which one meets it in Latin letters; the more common stand first.
COMMON = [
    ("محمد", "Muhammad Mohammad Mohammed Muhammed Mohamad"), ("علی", "Ali Aly"),
    ("احمد", "Ahmed Ahmad Ahmmad"), ("خان", "Khan"), ("حسین", "Hussain Hussein Husain Hossain"),
    ("فاطمہ", "Fatima Fatimah Fathima"), ("بی بی", "Bibi"), ("اقبال", "Iqbal Eqbal"), ("شاہ", "Shah"),
    ("حسن", "Hassan Hasan"), ("اسلم", "Aslam Aslum"), ("عائشہ", "Ayesha Aisha Aysha Aaisha"),
    ("رحمن", "Rehman Rahman Rahmaan"), ("عبدالله", "Abdullah Abdulla"), ("اللہ", "Ullah Allah"),
    ("عبدال", "Abdul Abdool"), ("اکرم", "Akram Akrum"), ("اشرف", "Ashraf Ashruf"),
    ("یوسف", "Yousaf Yusuf Yousuf Yusaf"), ("طارق", "Tariq Tarique Tareq"), ("خالد", "Khalid Khaled"),
    ("رشید", "Rashid Rasheed"), ("محمود", "Mehmood Mahmood Mahmud"),
    ("جاوید", "Javed Javaid Jawaid Jawed"), ("نواز", "Nawaz"), ("شریف", "Sharif Shareef"),
    ("بلال", "Bilal Belal"), ("عثمان", "Usman Osman Uthman"), ("عمر", "Umar Omar Umer"),
    ("ابراہیم", "Ibrahim Ebrahim Ibraheem"), ("اسماعیل", "Ismail Ismaeel Esmail"),
    ("سعید", "Saeed Said Saeid"), ("مریم", "Maryam Mariam Marium"), ("زینب", "Zainab Zaynab Zenab"),
    ("خدیجہ", "Khadija Khadijah"), ("صدیق", "Siddique Siddiq Sadiq"),
    ("قریشی", "Qureshi Quraishi Qureishi"), ("ملک", "Malik Malick"),
    ("چوہدری", "Chaudhry Chaudhary Choudhry Chowdhury"), ("بھٹی", "Bhatti Bhatty"), ("بٹ", "Butt Bhat"),
    ("راجپوت", "Rajput Rajpoot"), ("انصاری", "Ansari Ansary"), ("بخاری", "Bukhari Bokhari"),
    ("نقوی", "Naqvi Naqwi"), ("رضا", "Raza Rza"), ("عباس", "Abbas Abas"),
    ("حیدر", "Haider Hyder Haidar"), ("نسیم", "Naseem Nasim"), ("پروین", "Parveen Perveen Parvin"),
    ("شازیہ", "Shazia Shaziya"), ("صائمہ", "Saima Saimah"), ("نادیہ", "Nadia Nadiya"),
    ("کوثر", "Kausar Kosar Kauser"), ("بیگم", "Begum Begam"), ("اختر", "Akhtar Akhter"),
    ("ثناء", "Sana Sanaa"), ("اقراء", "Iqra Eqra"), ("حنا", "Hina Henna"), ("صوبیہ", "Sobia Sobiya"),
    ("ندیم", "Nadeem Nadim"), ("وسیم", "Waseem Wasim"), ("نعیم", "Naeem Naim"),
    ("کریم", "Karim Kareem"), ("رحیم", "Rahim Raheem"), ("سلیم", "Saleem Salim"),
    ("کلیم", "Kaleem Kalim"), ("فیصل", "Faisal Faysal"), ("کامران", "Kamran Kamraan"),
    ("عمران", "Imran Emran"), ("عرفان", "Irfan Erfan"), ("ذیشان", "Zeeshan Zishan"),
    ("شہزاد", "Shahzad Shehzad"), ("بلوچ", "Baloch Baluch"), ("گل", "Gul"), ("وزیر", "Wazir Wazeer"),
    ("مصطفیٰ", "Mustafa Mustapha"), ("غلام", "Ghulam Gulam"), ("نبی", "Nabi Nabee"),
]  # fmt: skip
# Of these the rare ones are made: sounds that every speller writes alike.
STARTS = [
    ("ب", "b"), ("د", "d"), ("ف", "f"), ("گ", "g"), ("ج", "j"), ("ک", "k"), ("ل", "l"), ("م", "m"),
    ("ن", "n"), ("پ", "p"), ("ر", "r"), ("س", "s"), ("ش", "sh"), ("ت", "t"), ("ز", "z"), ("چ", "ch"),
    ("خ", "kh"),
]  # fmt: skip
VOWELS = [("ا", "a"), ("ی", "ee"), ("و", "oo"), ("", "a"), ("", "i")]
RARE = 30_000
WEIGHTS = list(accumulate(1 / (place + 2) for place in range(len(COMMON))))
Ways = tuple[str, list[str]]


@lru_cache(maxsize=RARE)
def rare(number: int) -> Ways:
    """The n-th rare name: two or three syllables."""
    draw = random.Random(number * 7919 + 1)
    urdu = latin = ""
    for _syllable in range(draw.choice([2, 3, 3])):
        (start_ur, start), (vowel_ur, vowel) = draw.choice(STARTS), draw.choice(VOWELS)
        urdu, latin = urdu + start_ur + vowel_ur, latin + start + vowel
    end_ur, end = draw.choice(STARTS)
    return urdu + end_ur, [(latin + end).capitalize()]


def names_of(draw: random.Random) -> list[Ways]:
    """What one person is called: two or three names, of which one in eight is rare."""
    found: list[Ways] = []
    for _name in range(draw.choice([2, 2, 3])):
        if draw.random() < 0.12:
            found.append(rare(int(RARE * draw.random() ** 2)))
        else:
            urdu, ways = draw.choices(COMMON, cum_weights=WEIGHTS)[0]
            found.append((urdu, ways.split()))
    return found


def person(draw: random.Random) -> tuple[str, str]:
    """A whole name as one registry wrote it, in Latin letters and in Urdu."""
    names = names_of(draw)
    # The first way is the most common one.
    latin = " ".join(draw.choices(ways, [3, *[1] * (len(ways) - 1)])[0] for _urdu, ways in names)
    return latin, " ".join(urdu for urdu, _ways in names)
