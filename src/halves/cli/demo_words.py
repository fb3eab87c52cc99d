"""What is said in the talks of the demo's company: a bank of sentences, drawn by chance."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Something that holds buyers back, and what sellers answer.

    Args:
        kind: of the library of concerns.
        short: in a seller's note.
        name: what the library calls it.
        voiced: ways in which people say it.
        settles: what is answered where it is answered well.
        dodges: what is answered else.
        lost_as: the kind of loss where it was not settled.
        lost_words: what the seller writes down then.
    """

    kind: str
    short: str
    name: str
    voiced: tuple[str, ...]
    settles: tuple[str, ...]
    dodges: tuple[str, ...]
    lost_as: str
    lost_words: tuple[str, ...]


THEMES = {
    "wrong": Theme(
        "trust",
        "wrong orders",
        "What if it gets an order wrong?",
        (
            "What if it gets an order wrong?",
            "And what if it gets an order wrong at night?",
            "What happens if it gets an order wrong?",
            "How often does it get an order wrong?",
            "What if it gets an order wrong and nobody is looking?",
            "I worry that it gets an order wrong, my customers do not forgive that.",
        ),
        (
            "Then we pay for sending it again. It happened with 3 orders in 1,000.",
            "Then we pay for sending it again. Last year it happened with 3 orders in 1,000.",
        ),
        (
            "That hardly ever happens, you need not think about it.",
            "It hardly ever happens, you need not think about that.",
        ),
        "trust",
        ("Does not trust us with the orders yet.", "Wants to see it work somewhere else first."),
    ),
    "price": Theme(
        "price",
        "the price",
        "That is too much money",
        (
            "That is a lot of money for sorting orders.",
            "Honestly it is too expensive for what it does.",
            "I cannot afford another bill every month.",
            "The price is more than I wanted to spend.",
            "It costs too much money for what I earn.",
            "My margin is thin, and this is expensive.",
            "Can you do anything about the price?",
            "Forty-nine a month is too much money for me.",
        ),
        (
            "You pay for a month and can stop after each, and two hours a day come back to you.",
            "It is paid by the month and you can stop after any; count the two hours a day.",
            "Two hours a day come back to you, and you can stop after any month.",
        ),
        (
            "I can ask whether there is a discount.",
            "I will ask whether we can do a discount for you.",
            "Maybe there is a discount, I can ask.",
        ),
        "price",
        ("Too dear for the turnover they have.", "Would pay half of it, and we do not sell that."),
    ),
    "small": Theme(
        "belonging",
        "being too small for it",
        "Is this for a shop as small as mine?",
        (
            "Is this for a shop as small as mine?",
            "We are a small shop, this sounds like something for the big ones.",
            "Are there other shops as small as ours who use it?",
            "It feels like a thing for big companies, and I am just a small shop.",
            "Do shops like mine really use this, or only big ones?",
            "I am one woman and a counter, is that not too small for you?",
            "People like us do not use such things, we are a small shop.",
        ),
        (
            "Most of our shops have two people or fewer, and 214 of 230 are still with us.",
            "Of 230 shops most have two people, and 214 still use it after a year.",
            "It was made in a shop with one counter; most who use it have two people.",
        ),
        (
            "It works for any size.",
            "Any size is fine, it works for everybody.",
        ),
        "other",
        ("Feels too small for us.", "Says it is for bigger shops."),
    ),
    "timing": Theme(
        "timing",
        "the moment",
        "Now is a bad time",
        (
            "Not now, please call me again in spring.",
            "Now is a bad time, can we talk again after the holidays?",
            "This is a bad time, call me again when we have moved.",
            "Right now is a bad time, maybe next quarter.",
            "Call me again in spring, now is not the moment.",
            "Right now we are too busy, call me again next month.",
        ),
        (
            "The first night is sorted within five days, and you do nothing but give us the key to "
            "the inbox.",
            "It begins within five days, and all that you do is to let us read the inbox.",
            "You let us read the inbox, that is all; within five days the first night is sorted.",
        ),
        ("Sure, I will call again some time.", "Of course, we can talk again later."),
        "timing",
        ("After the season, they say.", "Moving first; again in spring."),
    ),
    "boss": Theme(
        "authority",
        "who decides",
        "Somebody else decides",
        (
            "I have to ask my partner first, we decide together.",
            "That is not mine to decide, the owner has to say yes.",
            "I have to ask my boss first, she decides.",
            "I have to ask my brother, we decide together.",
            "I cannot decide that alone, I have to ask my husband first.",
            "The owner decides that, I have to ask first.",
        ),
        (
            "Shall the three of us talk for ten minutes? I bring last year's numbers.",
            "Let us talk all together for ten minutes, and I bring the numbers of last year.",
            "Let me talk to you both for ten minutes, with last year's numbers on one page.",
        ),
        ("You can just forward my mail.", "Just forward them my mail, it is all in there."),
        "authority",
        ("The partner said no without having met us.", "Not theirs to decide, and no way in."),
    ),
    "need": Theme(
        "need",
        "whether they need it",
        "It works by hand, why change?",
        (
            "I do not need it, I sort them with the first coffee.",
            "We do not really need that, it works as it is.",
            "Why would I need this, it is twenty orders a day?",
            "I am not sure that we need it, we have always done it by hand.",
            "It works fine by hand, I do not see what we need it for.",
        ),
        (
            "What would you do with the first hour of the day if it was yours?",
            "If the first hour of the day was yours, what would you do with it?",
        ),
        ("Everybody needs that sooner or later.", "You will need it sooner or later."),
        "need",
        ("Sorts twenty orders by hand and likes it.", "No need, at twenty orders a day."),
    ),
    "lock": Theme(
        "risk",
        "leaving again",
        "What if we want to leave?",
        (
            "What happens to my orders if I want to leave?",
            "If we want to leave, do we get our orders back?",
            "I do not want to be locked in, what if I want to leave?",
            "What if we want to leave, are all the addresses gone?",
            "And if you go out of business, are my orders gone?",
        ),
        (
            "You can leave after any month and take everything along as a file.",
            "Everything is yours: one click, and you have it as a file, also when you leave.",
            "You leave after any month, and all of it comes along as one file.",
        ),
        ("We are very safe.", "It is all very safe, do not worry."),
        "competitor",
        ("Went with their web shop's own tool.", "Took what their till's maker offers."),
    ),
    "effort": Theme(
        "effort",
        "having to learn it",
        "Nobody here has time to learn it",
        (
            "I have no time to learn a new program.",
            "My people have no time to learn a new program.",
            "We have no time to learn another new program.",
            "Who has time to learn a new program here?",
        ),
        (
            "There is nothing to learn: in the morning a list lies in the printer.",
            "Nobody learns anything, in the morning the list lies in the printer.",
        ),
        ("It is quite easy once you know it.", "There is a handbook for that."),
        "silence",
        ("No answer any more after the handbook.", "Went quiet."),
    ),
}
KNOWN = ("wrong", "price", "small")  # from the first day on; the others were found by listening
# How often each is heard, of 100.
WEIGHTS = {
    "wrong": 42,
    "price": 16,
    "small": 12,
    "timing": 8,
    "boss": 6,
    "need": 5,
    "lock": 6,
    "effort": 5,
}
ASPIRATIONS = (
    "I want to be the shop that people come by to talk.",
    "My dream is a shop where people come by just to talk.",
    "I want mornings that belong to my customers.",
    "I would love to open at eight with the coffee on, like the shops I admire.",
    "We want to become the shop that the street talks about.",
    "I want to be home for dinner and still have a shop to be proud of.",
    "One day I want a second shop, and a team that is proud of it.",
)
OPENERS = (
    "Good morning, how does your day begin?",
    "Hello, you asked for a call: what takes most of your morning?",
    "Thank you for the time. How do orders get sorted today?",
    "Hello again. How were the last mornings?",
    "Good to hear you. What happens between seven and nine at yours?",
    "Hello, you read our letter: what made you answer?",
)
MORNINGS = (
    "I sort from six to eight, then I open.",
    "There are two of us, and paper on every table.",
    "Yesterday's orders lie all over the counter when I come in.",
    "About forty orders a night, and I print each one.",
    "My daughter helps before school.",
    "On Mondays I begin at five, it is the whole weekend.",
    "They come from three web shops, and I type each of them.",
    "Paper, mostly. Then coffee.",
)
ASKING = (
    "What would keep you from trying it for a month?",
    "Is there anything that speaks against it for you?",
    "What worries you about it?",
    "And what is in the way?",
)
GLAD = (
    "All right, that I can live with.",
    "That is fair enough for me.",
    "Good, nobody has told me that so plainly.",
    "Then let us try it.",
)
UNSURE = (
    "Hm. Let me think about it.",
    "I see.",
    "Well.",
    "We will see.",
)
CLOSERS = (
    "Good. I write it down and send it today.",
    "Thank you, you hear from me on the day we said.",
    "I send you the list of last night as an example.",
    "Then we begin on Monday night.",
)
SUBJECTS = {
    "first": ("First talk", "How mornings go", "They answered the letter"),
    "shown": ("Shown: last night's list", "The list in the printer", "A look at their own inbox"),
    "close": ("What it costs, and when it begins", "Beginning on Monday", "The last questions"),
    "after": ("How the first nights went", "After the first week"),
    "cold": ("A call out of the blue", "Do they still sort by hand?", "Asked how mornings go"),
}
NEXT = {
    "first": ("Show last night's list", "Send the example list"),
    "shown": ("Write a quote", "Answer what came up"),
    "close": ("See that the first night is sorted", "Ring on the first morning"),
    "after": ("Ask whom else it would help",),
    "cold": ("Ring again after the season", "Send the letter about mornings"),
}
PROBLEMS = (
    "Two hours every morning go to sorting yesterday's orders; the door opens late.",
    "Orders from three web shops are copied into one list by hand.",
    "The weekend's orders pile up, and Monday begins at five.",
    "Whoever comes in before nine waits, because everybody sorts.",
    "The owner's daughter sorts before school.",
    "Forty orders a night are printed one by one.",
)
SOLUTIONS = (
    "One list, sorted, in the printer at seven. Nobody touches the orders before opening.",
    "All three shops in one list each night; packing begins at eight.",
    "Weekends are sorted too, so that Monday is a day like any other.",
    "Sorted by round and shelf, so that one person packs in forty minutes.",
)
WON = (
    "They counted the two hours.",
    "The first list was right, and they saw it.",
    "A friend's shop uses it.",
    "Can stop after a month: that was it.",
    "We pay for mistakes, and said so first.",
)
LEADS = (
    "Do you come by, or is that all by mail? We are two people.",
    "I read about the mornings. How does it begin?",
    "Please call me before ten, or after six.",
    "What would it cost for about forty orders a night?",
    "Is there a shop near us that has it?",
)
PRIVATE = (
    (
        "About the ladder",
        "Thank you for lending me the ladder, I bring it back on Thursday. And between us: my "
        "partner is not sure about the monthly price yet.",
        "No hurry with the ladder. Shall I ring your partner, or do you tell her first?",
    ),
    (
        "Between us",
        "I may sell the shop in summer, please keep that to yourself. Until then I want the "
        "mornings sorted.",
        "Thank you for telling me. It stays with me, and you can stop after any month.",
    ),
)
MARKS_KEPT = (
    "The list was there, and it was right.",
    "Quicker than you said.",
    "I open at eight now.",
    "It just works.",
)
MARKS_BROKEN = (
    "I waited longer than you said.",
    "Nobody told me that it would be late.",
    "It works now, but it took too long.",
)
RECOMMENDS = (
    "I tell everyone on our street.",
    "My mornings are mine again.",
    "Good, and a bit dear.",
    "Support is kind. The list could be shorter.",
    "Not for every shop, but for mine.",
)
LOST_BACK = (
    "Likes it, and is held back. A story that answers this could bring them back.",
    "Not ready. Somebody like them should tell them how it went.",
    "Came back to the same question three times.",
)
