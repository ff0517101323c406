//! Stop words, which carry nothing of a text's subject: articles, pronouns, prepositions, auxiliary verbs,
//! and the words of questions. (The lists in tantivy have neither question words nor modal verbs in English:
//! Lucene's 33 words.)

/// Stop words by language (ISO 639-1), as they are written, separated by spaces.
pub(crate) const STOP_WORDS: [(&str, &str); 7] = [
    ("en", ENGLISH_STOP_WORDS),
    ("de", GERMAN_STOP_WORDS),
    ("fr", FRENCH_STOP_WORDS),
    ("es", SPANISH_STOP_WORDS),
    ("it", ITALIAN_STOP_WORDS),
    ("pt", PORTUGUESE_STOP_WORDS),
    ("nl", DUTCH_STOP_WORDS),
];

const ENGLISH_STOP_WORDS: &str = "a an the of to in on at by for with from into onto upon and or but nor if so as than then \
    that this these those such there here it its i me my mine we us our ours you your yours he him his she her hers \
    they them their theirs who whom whose which what when where why how is am are was were be been being do does did \
    doing done has have had having can could may might must shall should will would ought not no yes also too very \
    just only about more most much many some any all both each every other another own please don doesn didn isn aren \
    wasn weren won wouldn shouldn couldn hasn haven hadn let name named call called use used uses type kind source \
    sources passage passages";

const GERMAN_STOP_WORDS: &str = "der die das den dem des ein eine einen einem einer eines und oder aber sondern doch denn wenn ob \
    dass als wie so auch noch nur schon sehr ist sind war waren sein bin bist wird werden wurde wurden worden geworden \
    hat habe haben hatte hatten kann können konnte konnten könnte muss müssen musste mussten müsste soll sollen sollte \
    sollten darf dürfen durfte will wollen wollte mag mögen möchte lässt lassen von vom zu zum zur mit auf im in ins an \
    am ans bei beim nach aus für über um durch unter ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn \
    ihnen mein dein unser euer ihre ihrer ihren ihrem seine seiner seinen seinem man kein keine keinen nicht ja nein da \
    dort hier dies diese dieser dieses diesen diesem jene jener jenes alle alles jede jeder jedes manche viel viele \
    mehr einige andere wer was wen wem wessen wann wo wohin woher warum weshalb wieso welch welche welcher welches \
    welchen welchem wieviel bitte heißt nennt genannt art quelle quellen";

const FRENCH_STOP_WORDS: &str = "le la les l un une des du de d à au aux en dans sur sous par pour avec sans chez vers et ou mais \
    donc or ni car que qu qui quoi dont où quand comment pourquoi combien quel quelle quels quelles lequel laquelle si \
    comme plus très aussi ne n pas non oui je j tu il elle on nous vous ils elles me m te t se s lui leur leurs mon ma \
    mes ton ta tes son sa ses notre nos votre vos ce c cet cette ces cela ça est sont était étaient être été suis es a \
    ont avait avaient avoir ai as fait font faire peut peuvent pouvait pouvoir doit doivent devoir faut y tout toute \
    tous toutes chaque autre autres même quelque quelques appelle nomme source sources";

const SPANISH_STOP_WORDS: &str = "el la los las lo un una unos unas de del a al en con por para sin sobre entre hasta desde y e o u \
    pero ni que qué quien quién quienes cual cuál cuáles cuando cuándo donde dónde como cómo cuanto cuánto cuántos \
    cuántas porque si no sí más muy también ya yo tú él ella usted nosotros ellos ellas ustedes me te se le les nos os \
    mi mis tu tus su sus nuestro nuestra este esta estos estas ese esa esos esas eso esto aquel aquella es son era eran \
    ser sido fue fueron está están estaba estar ha han había haber hay hace hacer puede pueden poder debe deben deber \
    tiene tienen tener todo toda todos todas cada otro otra otros otras llama llamado fuente fuentes";

const ITALIAN_STOP_WORDS: &str = "il lo la i gli le l un uno una di del dello della dei degli delle d a al allo alla ai agli alle \
    da dal dallo dalla dai dagli dalle in nel nello nella nei negli nelle con su sul sullo sulla sui sugli sulle per \
    tra fra e ed o ma né che chi cui quale quali quando dove come perché quanto quanta quanti quante se non sì più \
    molto anche già io tu lui lei noi voi loro mi ti si ci vi ne mio mia tuo tua suo sua suoi sue nostro nostra questo \
    questa questi queste quello quella quelli quelle è sono era erano essere stato stata ha hanno aveva avevano avere \
    ho fa fare può possono potere deve devono dovere tutto tutta tutti tutte ogni altro altra altri altre chiama fonte \
    fonti";

const PORTUGUESE_STOP_WORDS: &str = "o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela pelos \
    pelas para com sem sobre entre até desde e ou mas nem que quem qual quais quando onde como quanto quanta quantos \
    quantas porque se não sim mais muito também já eu tu ele ela você nós eles elas vocês me te lhe lhes meu minha teu \
    tua seu sua seus suas nosso nossa este esta estes estas esse essa esses essas isso isto aquele aquela é são era \
    eram ser sido foi foram está estão estava estar há tem têm tinha ter faz fazer pode podem poder deve devem dever \
    todo toda todos todas cada outro outra outros outras chama fonte fontes";

const DUTCH_STOP_WORDS: &str = "de het een der den des van voor met op in aan bij uit door over onder naar tot tegen om te en of \
    maar noch want dat die dit deze als dan zo ook nog maar zeer is zijn was waren ben bent word wordt worden werd \
    werden geworden heb heeft hebben had hadden kan kunnen kon konden moet moeten moest mag mogen zal zullen zou zouden \
    wil willen ik jij je u hij zij ze wij we jullie mij me jou hem haar ons hen hun mijn jouw onze niet geen ja nee er \
    daar hier wie wat wanneer waar waarom hoe welk welke hoeveel alle alles elk elke veel meer andere sommige heet \
    genoemd bron bronnen";
