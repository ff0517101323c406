//! Closed lists of words in lower case, each list one string of words between spaces.

/// True if `word` is in the list.
pub(super) fn is_listed(list: &str, word: &str) -> bool {
    let word = word.as_bytes();
    !word.is_empty() && words_of(list, word[0]).any(|listed| listed == word)
}

/// True if a word of the list begins with `start`.
pub(super) fn begins_listed(list: &str, start: &str) -> bool {
    let start = start.as_bytes();
    start.is_empty() || words_of(list, start[0]).any(|listed| listed.starts_with(start))
}

/// Words of the list that begin with the byte `first`.
fn words_of(list: &str, first: u8) -> impl Iterator<Item = &[u8]> {
    let words = list.as_bytes().split(|byte| *byte == b' ');
    words.filter(move |word| word.first() == Some(&first))
}

/// Names of a numbered passage that are hardly used for anything else with a number.
pub(super) const STRONG_NAMES: &str = "source sources src passage passages excerpt excerpts chunk \
    chunks snippet snippets fragment fragments doc docs document documents reference references ref \
    refs citation citations cite quelle quellen passagen textstelle textstellen dokument dokumente \
    auszug auszüge fundstelle beleg belege referenz referenzen quellenangabe extrait extraits référence \
    références fuente fuentes pasaje pasajes extracto documento documentos referencia referencias fonte \
    fonti passaggio passaggi brano estratto documenti riferimento riferimenti bron bronnen fragmenten \
    referentie referenties fontes trecho trechos passagem passagens referência referências źródło \
    źródła źródle źródła fragmenty dokumenty odnośnik источник источники источника источнику источнике \
    фрагмент фрагменты отрывок отрывка документ документе 来源 來源 资料 資料 文献 文獻 出典 文档 文檔 段落 출처 문서 מקור \
    המקור מקורות המקורות קטע المصدر مصدر المصادر مصادر المقطع مقطع kaynak källa kilde zdroj джерело";

/// Names of a numbered passage that count in square brackets only.
pub(super) const WEAK_NAMES: &str = "context contexts footnote note text id nr no p pp pg page s seite \
    kontext fußnote fussnote anmerkung kontekst contexte texte note página pág pag contexto texto nota \
    contesto testo voetnoot tekst przypis kontekście контекст сноска текст стр с result results num \
    number evidence file see siehe vgl voir véase vedi zie cf см";

/// Names of one passage that stand for a noun together with their number.
pub(super) const NOUN_NAMES: &str = "source passage excerpt chunk snippet fragment quelle textstelle \
    auszug fundstelle extrait fuente pasaje fonte passaggio brano bron trecho passagem źródło źródła \
    źródle źródłem źródłu источник источника источнику источнике источником отрывок reference référence \
    referencia referência riferimento doc";

/// Names of several passages: with one number only, they are a noun of their own.
pub(super) const PLURAL_NAMES: &str = "sources passages excerpts references quellen passagen \
    textstellen extraits fuentes fonti bronnen fontes trechos źródła источники referenzen références \
    referencias referências";

/// Names of a document; with an article before them the sentence is complete without the number.
pub(super) const DOCUMENT_NAMES: &str = "document documents dokument documento documenti документ";

/// Words of a page, a line or a section after the number of a passage.
pub(super) const PLACE_WORDS: &str = "p pp pg page pages l line lines ll sec section sections chapter \
    ch para paragraph table fig figure lines s seite seiten zeile zeilen abschnitt kapitel abs absatz \
    tabelle abb bl f ff art ziffer ligne lignes chapitre paragraphe página páginas pág págs pag línea \
    líneas sección capítulo pagina pagine riga righe sezione capitolo regel regels hoofdstuk paragraaf \
    linha linhas seção secção str strona strony wiersz rozdział стр с страница раздел строка";

/// Words after which `laut` is an adjective.
pub(super) const BEFORE_ADJECTIVES: &str = "ist sind war waren sehr zu so nicht wird besonders und oder";

/// Conjunctions between markers.
pub(super) const CONJUNCTIONS: &str = "and or und oder sowie et ou y e o u ed en of i oraz lub и или \
    и/или und/oder plus as also bzw 和 及 与 と ו و";

/// Words that lead in a marker in brackets: `(see [1])`.
pub(super) const LEAD_INS: &str = "see also as cf compare e g eg i e per from in by source sources \
    according to described stated shown mentioned and ref reference references citation citations refer \
    viz via siehe s auch vgl vergleiche laut gemäß gemäss nach aus quelle quellen dazu hierzu \
    beschrieben wie nachzulesen voir aussi cfr d'après d’après selon source comme décrit dans confer \
    véase vea ver también según fuente fuentes consulte cp vedi veda anche secondo fonte fonti vd zie \
    ook volgens bron bronnen vgl veja vide também segundo conforme fontes consultar cfr zob zobacz por \
    patrz źródło źródła według см смотри источник источники по согласно ср 参见 参照 见";

/// Prepositions and the like after which a marker stands for a noun.
pub(super) const NOUN_LEADERS: &str = "to in by per from of with see as under via between than laut \
    gemäß gemäss nach in aus von wie siehe zu vgl bei mit unter zwischen durch selon d'après d’après \
    dans voir par de suivant entre según en por véase secondo da di vedi volgens uit van zie segundo \
    conforme em według wg zgodnie z w согласно по в из см";

/// Phrases after which a marker stands for a noun, between semicolons.
pub(super) const NOUN_PHRASES: &str = "vgl.;cf.;cfr.;zob.;см.;s.;based on;relying on;see also;siehe auch;\
    voir aussi;véase también;\
    ver también;vedi anche;zie ook;ver também;veja também;zob. też;см. также;compare;vergleiche;\
    basierend auf;beruht auf;verweist auf;bezug auf;basé sur;basée sur;conformément à;basado en;\
    de acuerdo con;in base a;conforme a;de acordo com;op basis van";

/// Those of [`NOUN_LEADERS`] that attribute a statement, so that even a list after them is of passages.
pub(super) const ATTRIBUTIONS: &str = "see laut gemäß gemäss siehe selon d'après d’après voir según \
    véase secondo vedi volgens zie segundo conforme według wg согласно см";

/// Function words; a list in brackets after one of them is a value.
pub(super) const FUNCTION_WORDS: &str = "is are was were be been being equals equal am has have had the \
    a an this that these those of to from in on at by for with between and or nor but than as into per \
    about under over within if when where which either not ist sind war waren sei sein wird werden \
    beträgt betragen lautet lauten gleich hat haben die der das den dem des ein eine einen einem einer \
    eines diese dieser dieses von vom bis zu zum zur aus nach bei mit in im an am auf für ab über unter \
    durch zwischen gegen ohne um und oder aber als wie sowie ob wenn dass nur nicht est sont était \
    étaient être vaut valent a ont le la les un une des du de d' l' l’ à au aux en dans par pour sur \
    sous entre avec sans et ou mais que qui ni ce cette ces es son era eran fue ser está están vale \
    valen el los las lo una unos unas del al y e o u pero con sin por para desde hasta sobre bajo según \
    como este esta estos estas è sono erano essere il i gli della del dei delle degli di da dal dalla \
    nel nella su sul tra fra per ed od ma come che non questo questa zijn wordt worden het een deze dit \
    van tot op onder over tussen met zonder voor naar bij uit door maar dan als é são foi ser os as um \
    uma da do das dos na no nas nos ao pelo pela com sem mas ou em até jest są był były być i lub oraz \
    ale w z ze do od na po dla przez między nie это был были и или но в во на с со из от до по для за \
    между не";

/// Words before a list that make it a value by their dot: abbreviations, not ends of a sentence.
pub(super) const ABBREVIATIONS: &str = "ca approx nr vs bzw resp vgl zzgl inkl";

/// Words of code before an index in brackets.
pub(super) const CODE_WORDS: &str = "list lst array arr argv args vec tuple dict buf tmp idx obj str \
    elem";

/// Units and functions of at least three letters, after which a raised number is a power.
pub(super) const UNITS: &str = "sec min rad sin cos tan log exp cot sqm yds mol lux bar met meter metern meters metre metres mètre mètres metro metros metri \
    zentimeter millimeter kilometer centimeter centimeters kilometers centimetre millimetre kilometre \
    centimètre centimètres kilomètre inch inches foot feet yard yards mile miles metrów метр метра \
    метров zoll second seconds sekunde sekunden";

/// Verb stem and particle at the end of its clause: no noun is missing after the particle.
pub(super) const PARTICLE_VERBS: &[(&str, &str)] = &[
    (
        "aus",
        "schalt tausch fäll fall füll lös mach les lies zieh bau führ wähl wirf geh reich druck \
        gleich lauf läuf stell sieh seh zahl üb weis drück",
    ),
    ("zu", "dreh mach trifft treff lass läss schließ ordn nimm nehm steh stimm gib geb hör"),
    ("nach", "gib geb füll lauf läuf les lies prüf zieh rüst"),
    ("in", "log plug sign screw push put turn check fill move come built build kick hand bring"),
    ("with", "come shipped supplied delivered equipped deal dealt begin compl agree"),
    ("to", "attend agree adher object consent belong"),
    ("by", "stand pass go"),
    ("of", "dispos take taken care made consist think"),
    ("about", "care think worry"),
];
