"""Names of columns that are written as one word, taken apart: percbelowpoverty is perc, below, poverty.

A name is only taken apart where known words make up the whole of it; the words are general English, not a database's.
"""

from functools import cache, lru_cache

from chatctl.analyst.builtin.abbreviations import ABBREVIATIONS
from chatctl.analyst.builtin.lexicon import SYNONYMS

LEAST_LETTERS = 6
"""Names of fewer letters are words of their own."""
MOST_WORDS = 4
SHORTEST = 3

_WORDS = """
    able above academic accident active actual addition adult after again age aged alcohol all alone animal annual area
    arrest asian asset attack audience awake away baby back bad balance band base bath bathroom beach beat bed bedroom
    before below best better birth black blood body book born box boy brain branch break bridge brown build building
    bus business call campus cancer capita capital care case cash cause cell cent center central century certificate
    chain change charge check chief child children church circle citizen civil claim class clean close club coach coast
    code coffee cold college common community complete computer condition consumer content control cook cool copy core
    corn count county court cover crash credit crew crime critic crop cross cup current cut cycle daily damage data
    date dead deal death debt deep degree delivery density depth depart desk diet digit direct director disc dish
    district dog domestic door double down draw dress drink drive drop dry due early east easy eat edge edition
    education elderly election electric email emission end energy engine enroll enrolled enrollment entry equal error
    event exam exchange exit export eye face fact fall family farm fast fat father female fiber field figure final fire
    first fish fix flag flat flight floor flow food foot force foreign form free fresh friend front fruit fuel full fund
    game garage garden gas gender girl glass global goal gold good grade grain grand grant great green gross ground
    group grow growth guest gun hair half hand head health heart heat height help high highway hill hire history hit
    hold home horse hot hotel hour house household human husband ice import inch income index individual infant inner
    inside install international interest invest iron island item job join journal judge jump key kill kind lake land
    language last late law leader league left legal length less level library life lift light limit line liquid list
    live load loan local log long loss low lunch machine main major male man margin mark market marriage married mass
    master match material math max maximum meal mean measure meat medal media median medium member men metal meter
    method metro middle military milk min mine minimum minor minute model month mortality mother motor mountain mouth
    movie murder music name national native neighbor net network new news next night noise normal north nurse object
    ocean office oil old online open option orange order other outer outside over own owner page paid pain pair paper
    parent park part party pass past path patient pay peak people per percent percentage period person phone photo
    piece place plan plane plant plate play player point police policy poll pool poor popular population port position
    post poverty power practice pregnant premium president press pressure price primary prime print prior prison private
    prize produce product professional profit program property protein public publication pull pupil purchase quality
    quarter quick race radio rain range rank rate ratio reach read reading real reason rec record red region regular
    release rent report request rescue research reserve response rest result retail return revenue reverse review rice
    rich right risk river road rock role roll room root round route row run rural safe sale sales salt same sample scale
    scene school science score screen sea season seat second secondary self sell senior serial series serve service sex
    share ship shoe shop shore short shot show side sign silver simple single sister site size skill skin sleep slow
    small smoke snow social soil sold solid song sort sound south space speak special species speed spell spend spent
    spot spring square staff stage stand standard star start state station status stay steel step stock stop store storm
    story street strength stress strike strong student study style subject suburb sugar suicide sum summer sun supply
    support surface survey sweet swim symptom system table tail take talk tank target tax teach teacher team tech
    temperature tenure term test text theory thick thing ticket time title today tone top total touch tour town track
    trade traffic train transport travel treat treatment tree trial trip truck trust turn turnover type under union unit
    up upper urban use used user vacant value vehicle version victim view village violent virus visit visitor voice
    volume vote voter wage wait walk wall war wash waste watch water wave way wealth weapon wear weather web week
    weekend weight west wheat wheel white whole wide width wife wild win wind window wine wing winter woman women wood
    word work worker world worth write wrong yard year yield young youth zone
"""
_SHORT = frozenset({"avg", "cnt", "dt", "id", "no", "num", "pct", "perc", "pop", "qty", "tot", "yr", "mkt"})


@cache
def _known() -> frozenset[str]:
    spelt = {*_WORDS.split(), *SYNONYMS, *_SHORT, *(it for it in ABBREVIATIONS if len(it) > SHORTEST)}
    return frozenset(spelt)


@lru_cache(maxsize=20_000)
def parts(word: str) -> tuple[str, ...]:
    """The words that a small-letter word is made of, as few as can be; the word itself where it is one."""
    if len(word) < LEAST_LETTERS or word in _known() or not word.isalpha():
        return (word,)
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, piece = best[start], word[start:end]
            if before is None or len(before) == MOST_WORDS or not _is_word(piece):
                continue
            longer, found = (*before, piece), best[end]
            if found is None or len(longer) < len(found):
                best[end] = longer
    return best[-1] or (word,)


def _is_word(piece: str) -> bool:
    if len(piece) < SHORTEST:
        return piece in _SHORT
    return piece in _known() or (piece.endswith("s") and piece[:-1] in _known())
