//! What the languages' sentences look like: abbreviations, first words, function words.

/// The words of one language, each list separated by spaces. Abbreviations stand without their last full stop and
/// without spaces ("z. B." is `z.b`); one with a capital letter needs the capital.
pub(super) struct LanguageWords {
    pub(super) code: &'static str,
    /// Never the end of a sentence: titles, "e.g.".
    pub(super) inner: &'static str,
    /// Abbreviations before a number, and words of their own at the end of a sentence: "no. 5".
    pub(super) numbered: &'static str,
    /// The end of a sentence only before one of the languages' first words: "5 Mio. Euro", "5 Mio. Das …".
    pub(super) open: &'static str,
    /// The end of a sentence before any capital letter: "etc.".
    pub(super) closing: &'static str,
    /// Those of the above that are common words elsewhere: they count in this language alone.
    pub(super) own: &'static str,
    /// Words that begin sentences and no names.
    pub(super) starters: &'static str,
    /// Frequent small words, by which the language is recognised.
    pub(super) function_words: &'static str,
    /// True if nouns have capital letters, so that "3." before one may be an ordinal number.
    pub(super) has_ordinals: bool,
}

pub(super) const LANGUAGES: &[LanguageWords] = &[
    LanguageWords {
        code: "en",
        inner: "mr mrs ms messrs dr prof rev lt sgt capt cmdr cpl supt mt e.g i.e viz cf vs approx ca incl excl \
            resp Wm Thos Geo Chas esp p.s",
        numbered: "no nos sec ch art cl ex cap ed app ser pt Sat Sun Mar Mon Wed max jan",
        open: "fig figs eq eqs sect vol vols pp p para paras sched rm jr sr inc ltd co corp bros st ave rd blvd \
            hwy al ft feb apr jun jul aug sep sept oct nov dec tue tues thu thur thurs fri min mins hr hrs yr yrs \
            mos wk wks tbsp tsp oz lb lbs gal ph.d m.d Calif Conn Tenn Va Fla Ariz Colo Ill Ind Mich Minn Miss \
            Mass Okla Ore Tex Wash Wis Ala tel ext Col ref refs est u.s u.k u.s.a d.c govt Assn Univ Bldg Apt Attn \
            encl Esq misc Dist Div qty Mgr Sq Ln Hon Gen Maj Adm Gov Sen Rep asst dept assoc",
        closing: "a.m p.m etc p.a",
        own: "no nos sec ch art ex cap ed app ser pt sr mos est sq",
        starters: "the this that these those there then they it its he she we you i in on at if when while after \
            before but and or so as for from to by with his her our your my their no not now only please do did is \
            are was were will would could can what who where why how which a an all some each every both most many \
            other another however also here next once since until under over during between several such thus \
            because although despite whether today yesterday let",
        function_words: "the of and to is in for with by are be this that it from as at or not was on you your",
        has_ordinals: false,
    },
    LanguageWords {
        code: "de",
        inner: "bzgl bzw gem inkl exkl zzgl abzgl ggf ggfs vgl ca evtl insb insbes sog bspw z.b d.h u.a i.d.r z.t \
            i.s.d i.v.m i.a i.v z.hd u.u a.d Hr Hrn dr prof tägl jährl monatl wöchentl einschl ausschl lt entspr \
            versch allg ehem geb u.g o.g f v u o gez bes",
        numbered: "Art max mind So Mo Di Mi Do Sa Jan Pos App",
        open: "abs Abb Nr nrn Bd Bde Ziff Anl Anm Tab Kap Kto Tel Fa Fr Str Mio Mrd Tsd std Sek Mon Jh Jhd Jg Hrsg \
            Hg Aufl Ausg Az Urt Beschl Bhf Hbf Lkr Bez Feb Febr Apr Jun Jul Aug Sep Sept Okt Nov Dez St Chr rd \
            Betr Postf MwSt USt Joh Wilh Friedr Gebr lfd med Dipl Ing rer nat jur phil ff e.v verh gest BGBl GVBl \
            ABl Abt Ref Zi Kl Inh Stk Stck stellv zzt zus gegr techn vorm nachm abds mtl jew Tlg Whg Wwe Geschw \
            Nachf Mitgl ext Verl Bearb Präs Vors Min",
        closing: "usw usf uvm u.v.m o.ä u.ä dgl etc p.a",
        own: "gem mind art geb so mo di mi do sa med nat rd lt versch f v u o bes zus ext vorm jew kl Zi zi ref \
            inh abs tab app phil",
        starters: "der die das den dem des ein eine einen einem einer er sie es wir ihr ich du man dies diese \
            dieser dieses diesen dort hier da dann danach damit dabei dafür daher darum dazu darüber davor im in \
            am an auf aus bei beim bis mit nach von vom vor für zu zum zur um unter über ab seit durch gegen ohne \
            wenn weil wer was wie wo wann warum ob als auch aber und oder doch denn nur nicht kein keine noch nun \
            jetzt bitte alle alles andere jede jeder jedes ist sind war waren wird werden kann können muss müssen \
            soll sollen darf haben hat ihre ihren seine sein unser unsere mein meine falls sobald sofern sonst so \
            zudem außerdem weitere später heute gestern etwaige insgesamt sollte während wegen trotz laut gemäß \
            zwar zuerst zuletzt hierzu hierbei hiermit dadurch deshalb trotzdem dennoch jedoch allerdings",
        function_words: "der die das und ist nicht am im vom den dem ein eine mit für auf zum zur von zu des sie \
            wird bei oder ich wir auch nach aus werden",
        has_ordinals: true,
    },
    LanguageWords {
        code: "fr",
        inner: "MM mme mmes mlle mlles Mgr dr dre cf p.ex c.-à-d env ste Me",
        numbered: "no nos art par ann chap col lun mar mer jeu ven sam dim al vol max",
        open: "pr prof réf tél tabl fig p pp n° st bd av boul rte éd janv févr avr juill sept oct nov déc ét cie \
            éts civ cass min hab t.t.c h.t s.a b.p arr bât suiv suppl paragr univ Soc adr dép ap",
        closing: "etc s.v.p",
        own: "no nos art par ann chap col mar mer al env pr st av ap soc arr vol hab",
        starters: "le la les l un une des du de d au aux il elle ils elles on nous vous je j tu ce c cet cette ces \
            cela ceci ça son sa ses s leur leurs notre nos votre vos mon ma mes en dans sur sous par pour avec \
            sans si quand lorsque qui que qu quoi où comment pourquoi et ou mais donc car ne n puis ensuite alors \
            après avant depuis dès selon à y tout toute tous toutes aucun aucune chaque ici là voici aujourd \
            durant pendant entre plusieurs autre autres ainsi cependant toutefois lors outre malgré afin grâce",
        function_words: "le la les des et est une un du dans pour par sur au aux ne pas vous avec il sont ou ce à \
            l d",
        has_ordinals: false,
    },
    LanguageWords {
        code: "es",
        inner: "EE FF RR sr sra srta sres dr dra dña lic arq profa exmo excmo excma ilmo p.ej aprox avda ing ud \
            uds",
        numbered: "art cap mar may",
        open: "pág págs núm núms fig vol tel tfno dpto apdo ee.uu cía s.a cda cdas min ene feb abr jun jul ago \
            sept oct nov dic sta sto prof dcha izda cód cta ctra depto dto gral hnos máx mín párr prov ref univ \
            vda pza",
        closing: "a.m p.m etc a.c d.c",
        own: "art cap mar may sr ago sta sto ud",
        starters: "el la los las lo un una unos él ella ellos nosotros se su sus mi este esta estos esto ese en de \
            del al a con sin por para según si cuando que qué quien cómo dónde y o pero no ni hoy hay es son \
            después antes luego entonces también todo todos cada ya desde durante entre sobre hasta muchos otro \
            otra además aunque así fue era está nuestro nuestra",
        function_words: "el la los las de y en un una por para con del al es se su que no lo a",
        has_ordinals: false,
    },
    LanguageWords {
        code: "it",
        inner: "sig sigg dott avv ing arch geom rag prof on cfr ca p.es egr spett",
        numbered: "art mar gen mag cap",
        open: "pag pagg fig vol tel bin mln mld sett ott nov dic feb apr giu lug ago s.p.a s.r.l min n all num \
            prot prov rif sez soc tab tot cod fatt",
        closing: "ecc a.c d.c",
        own: "on arch art gen mag bin cap mar ott all tab tot prov cod soc num sig rag ago",
        starters: "il lo la i gli le un uno una di del della dal nel nella al alla con per da in su tra fra se \
            quando chi che cosa come dove perché e o ma non è sono ha questo questa questi quello si ci poi dopo \
            prima oggi anche ogni tutti durante molti altro altra però così era fu mentre secondo nostro nostra",
        function_words: "il la i le di e un una per con del della è non si al che gli da alle dal entro",
        has_ordinals: false,
    },
    LanguageWords {
        code: "nl",
        inner: "dhr mevr mw mej dr drs ir ing prof bijv d.w.z o.a m.n i.p.v t.a.v m.b.t resp ca plm ds jhr t.e.m \
            i.v.m",
        numbered: "art nr par el tl jan",
        open: "blz nrs tel mln mld jl afd feb mrt apr jun jul aug sept okt nov dec str th st b.v n.v a.u.b min \
            bijl hfst hfdst ca gem incl excl evt bv nl red vlg",
        closing: "enz e.d",
        own: "art par el tl nr gem bv nl red ir",
        starters: "de het een dit dat deze die hij zij ze wij we u ik jij er in op aan bij met voor van na naar om \
            tot uit te als wanneer wie wat waar hoe en of maar niet geen daarna dan nu hier ook zo alle elke is \
            zijn tijdens tussen veel andere toch echter omdat hoewel sinds volgens door over onder",
        function_words: "de het een en van is op voor met te zijn niet bij dat of uit u in om aan die wij",
        has_ordinals: false,
    },
    LanguageWords {
        code: "pt",
        inner: "sr sra srs dr dra eng arq profa exmo exma ilmo p.ex aprox av prof",
        numbered: "art cap mar set out mai jan",
        open: "pág págs fig vol tel nov dez fev abr jun jul ago sta sto ltda cia s.a min n.º ref nº fl fls cód \
            depto R máx mín",
        closing: "etc a.c d.c",
        own: "art cap mar set out mai eng sr av ago sta sto",
        starters: "o a os as um uma ele ela eles nós este esta isto esse isso em no na nos nas de do da com sem \
            por para se quando quem que como onde e ou mas não há é são depois antes hoje também cada todos desde \
            apesar segundo ainda assim durante entre sobre até muitos outro outra seu sua seus suas foi era",
        function_words: "o a os as de e do da em um uma para com não por ao se no na que é dos",
        has_ordinals: false,
    },
    LanguageWords {
        code: "ru",
        inner: "т.е т.к т.н ул пл просп пер наб обл им проф акад инж доц см рис табл ред тов напр ок св ил рук зав \
            зам",
        numbered: "гл ст изд гр",
        open: "стр кв корп тел тыс млн млрд янв февр апр авг сент окт нояб дек",
        closing: "т.д т.п др руб коп мин чел час н.э гг",
        own: "",
        starters: "он она они оно это этот эта эти в на с к о по для если я мы вы не и а но как что кто где когда \
            при после до из за от у во со её его их также затем потом все всё каждый время между многие другие \
            однако поэтому хотя согласно эту этом был была были",
        function_words: "и в не на с по для что как из к от за до или при",
        has_ordinals: false,
    },
    LanguageWords {
        code: "pl",
        inner: "np tj tzn ul pl os prof dr inż mgr hab ks św zob por ww al",
        numbered: "art pl ok",
        open: "nr rys str ust pkt tab tel godz min zł mln mld tys",
        closing: "itd itp p.n.e n.e",
        own: "pl os al art por ok min tab",
        starters: "ten ta to w we z na do od po za przy dla jest nie jeśli gdy kto co jak gdzie i a ale czy on ona \
            oni każdy wszystkie podczas między wiele inne jednak ponieważ według był była były jego jej ich",
        function_words: "w z na i do jest nie się od po za dla że przy są",
        has_ordinals: false,
    },
    LanguageWords {
        code: "sv",
        inner: "t.ex bl.a d.v.s dvs ca s.k f.d dr prof",
        numbered: "kl nr st art jan",
        open: "tel sid s feb apr jun jul aug sept okt nov dec min milj kr",
        closing: "m.m m.fl osv etc",
        own: "st art kr sid s",
        starters: "den det de en ett han hon vi ni jag du i på om när som att och men inte för med av till från \
            efter innan där här alla",
        function_words: "och att det som är på inte med för en ett av till den har",
        has_ordinals: false,
    },
    LanguageWords {
        code: "da",
        inner: "f.eks bl.a dvs d.v.s ca dr prof",
        numbered: "kl nr stk art jan",
        open: "tel feb apr jun jul aug sept okt nov dec min mio kr",
        closing: "m.m m.fl osv mv etc",
        own: "art kr stk",
        starters: "den det de en et han hun vi i jeg du på om når som at og men ikke for med af til fra efter før \
            der her alle",
        function_words: "og at det som er på ikke med for en et af til den har",
        has_ordinals: false,
    },
    LanguageWords {
        code: "hi",
        inner: "डॉ श्री प्रो",
        numbered: "",
        open: "रु",
        closing: "",
        own: "",
        starters: "",
        function_words: "",
        has_ordinals: false,
    },
];

/// Words before a German ordinal number.
pub(super) const ORDINAL_CUES: &str = "am im der die das den dem des zum zur vom bis ab beim und oder jeder jedes \
    jeden jede ins ans seit ihr ihre ihren ihrem unser unsere mein meine sein seine ein eine einen einem einer";

/// Months and weekdays with a capital letter: after an ordinal number or a time of day a sentence goes on with them.
pub(super) const DATE_WORDS: &str = "january february march april may june july august september october november \
    december januar jänner februar märz mai juni juli oktober dezember monday tuesday wednesday thursday friday \
    saturday sunday eastern pacific central mountain gmt utc est edt cst cdt pst pdt cet cest bst";

/// Nouns after which a single capital letter is a name of a thing, not of a person: "vitamin C.".
pub(super) const LETTERED_NOUNS: &str = "vitamin vitamine plan point punkt valve vanne ventil group groupe \
    gruppe class classe klasse type typ option room salle raum part teil partie annex annexe anlage appendix \
    exhibit parking parkplatz building bâtiment gebäude block halle tor gate gleis terminal team level grade \
    hepatitis form figure version tap kraan hahn llave válvula grifo valvola rubinetto punto ponto кран клапан \
    пункт группа класс витамин vitamina grupo gruppo piano план groep klas zone zona phase fase schedule";

/// First words that also begin family names: "J. de Vries" at the beginning of a sentence.
pub(super) const NAME_PARTICLES: &str = "le la de di da du des del van von den der el los las dos lo ten ter";
