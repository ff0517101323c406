//! Markers by their place: lists that may be values, nouns, and several scripts.

use super::{Case, check};

/// Lists and ranges of rule 4.
const LISTS: &[Case] = &[
    ("Take [1-2] tablets.", "Take [1-2] tablets."),
    (
        "Valid values are [1, 2, 3] and the range is [5-10].",
        "Valid values are [1, 2, 3] and the range is [5-10].",
    ),
    ("Erlaubt sind die Stufen [1-4].", "Erlaubt sind die Stufen⟦ [1-4]|1,2,3,4⟧."),
    ("Le tableau vaut [2, 4, 6].", "Le tableau vaut [2, 4, 6]."),
    ("Set it to [1, 2] bar.", "Set it to [1, 2] bar."),
    ("Der Druck [1, 2] bar gilt.", "Der Druck [1, 2] bar gilt."),
    (
        "The pump of the boiler runs loud [1, 2] bar none.",
        "The pump of the boiler runs loud⟦ [1, 2]|1,2⟧ bar none.",
    ),
    ("Pumps [1, 2] are loud.", "Pumps⟦ [1, 2]|1,2⟧ are loud."),
    ("x = [1, 2]", "x = [1, 2]"),
    ("f([1, 2])", "f([1, 2])"),
    ("[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
    ("It ends! [1, 2]", "It ends!⟨1,2⟩"),
    ("Does it end? [1-3] Yes.", "Does it end?⟨1,2,3⟩ Yes."),
    ("He said “no.” [1, 2]", "He said “no.”⟨1,2⟩"),
    ("The values: [1, 2]", "The values:⟦ [1, 2]|1,2⟧"),
    ("Die Werte sind [1, 2, 3].", "Die Werte sind [1, 2, 3]."),
    ("Der Wert liegt zwischen [1-3].", "Der Wert liegt zwischen [1-3]."),
    ("Les valeurs sont [1, 2].", "Les valeurs sont [1, 2]."),
    ("Los valores son [1, 2].", "Los valores son [1, 2]."),
    ("I valori sono [1, 2].", "I valori sono [1, 2]."),
    ("De waarden zijn [1, 2].", "De waarden zijn [1, 2]."),
    ("Os valores são [1, 2].", "Os valores são [1, 2]."),
    ("The pump is loud [1, 2].", "The pump is loud⟦ [1, 2]|1,2⟧."),
    ("The pump is loud [1], [2].", "The pump is loud⟨1⟩⟨2⟩."),
    ("The pump is loud [1], [2], and [3].", "The pump is loud⟨1⟩⟨2⟩⟨3⟩."),
    ("The pump is loud [1] und [2].", "The pump is loud⟨1⟩⟨2⟩."),
    ("The pump is loud【1, 2】.", "The pump is loud⟨1,2⟩."),
    ("The pump is loud **[1, 2]**.", "The pump is loud⟦ **[1, 2]**|1,2⟧."),
    ("Das Bauteil wiegt insgesamt ca. [1-3].", "Das Bauteil wiegt insgesamt ca.⟦ [1-3]|1,2,3⟧."),
    ("温度は高いです。[1, 2]", "温度は高いです。⟨1,2⟩"),
    ("The pump is loud [5-20].", "The pump is loud [5-20]."),
    ("Ends. [1, 2] [3] Then", "Ends.⟨1,2⟩⟨3⟩ Then"),
];

/// Nouns of rule 5.
const NOUNS: &[Case] = &[
    ("According to [1], it is six weeks.", "According to ⟪1⟫, it is six weeks."),
    ("As stated in [1] and [2], it is so.", "As stated in ⟪1,2⟫, it is so."),
    ("Laut [1] gilt das.", "Laut ⟪1⟫ gilt das."),
    ("Gemäß [1] gilt das.", "Gemäß ⟪1⟫ gilt das."),
    ("Wie in [2] beschrieben.", "Wie in ⟪2⟫ beschrieben."),
    ("Selon [1], c'est vrai.", "Selon ⟪1⟫, c'est vrai."),
    ("D'après [1], c'est vrai.", "D'après ⟪1⟫, c'est vrai."),
    ("Según [1], es así.", "Según ⟪1⟫, es así."),
    ("Secondo [1], è così.", "Secondo ⟪1⟫, è così."),
    ("Volgens [1] is het zo.", "Volgens ⟪1⟫ is het zo."),
    ("Conforme [1], é assim.", "Conforme ⟪1⟫, é assim."),
    ("Według [1] tak jest.", "Według ⟪1⟫ tak jest."),
    ("Согласно [1], это так.", "Согласно ⟪1⟫, это так."),
    ("Passage [1] says so.", "Passage ⟪1⟫ says so."),
    ("Passages [1] and [2] say so.", "Passages ⟪1,2⟫ say so."),
    ("Siehe Quelle [3].", "Siehe Quelle ⟪3⟫."),
    ("Source: [1]", "Source: ⟪1⟫"),
    ("You need this document [1].", "You need this document⟨1⟩."),
    ("[1] states that the pump is loud.", "⟪1⟫ states that the pump is loud."),
    ("[1], [2] and [3] state it.", "⟪1,2,3⟫ state it."),
    ("[1] start", "⟪1⟫ start"),
    ("line\n\n[1] next", "line\n\n⟪1⟫ next"),
    ("It is so. [1] states why.", "It is so. ⟪1⟫ states why."),
    ("[1] Die Nettokaltmiete beträgt 500 €.", "⟨1⟩Die Nettokaltmiete beträgt 500 €."),
    ("- [1] Die Miete\n- [2] says so", "-⟨1⟩ Die Miete\n- ⟪2⟫ says so"),
    ("It is so. [1] Then it ends.", "It is so.⟨1⟩ Then it ends."),
    ("Schalten Sie die Pumpe aus [1].", "Schalten Sie die Pumpe aus⟨1⟩."),
    ("Das folgt aus [1].", "Das folgt aus ⟪1⟫."),
    ("It is 5 in [1].", "It is 5 in⟨1⟩."),
    ("It is so (as in the text of [1] here).", "It is so (as in the text of⟨1⟩ here)."),
    ("As in **[1]**, it is so.", "As in ⟪1⟫, it is so."),
    ("As in [Source 1], it is so.", "As in ⟪1⟫, it is so."),
    ("According to [1, 2], it is so.", "According to ⟪1,2⟫, it is so."),
    ("See [1](https://example.org) for more.", "See ⟪1⟫ for more."),
    ("According to [99], it is so.", "According to, it is so."),
    ("> [1] says so", "> ⟪1⟫ says so"),
];

/// Scripts of all kinds.
const SCRIPTS: &[Case] = &[
    ("הדירה גדולה [1].", "הדירה גדולה⟨1⟩."),
    ("الشقة كبيرة [1]، والإيجار منخفض [2].", "الشقة كبيرة⟨1⟩، والإيجار منخفض⟨2⟩."),
    ("هل هي كبيرة؟[1, 2]", "هل هي كبيرة؟⟨1,2⟩"),
    ("הכול נכון [מקור 1].", "הכול נכון⟨1⟩."),
    ("这是真的[1]。然后[2]，再[3]。", "这是真的⟨1⟩。然后⟨2⟩，再⟨3⟩。"),
    ("これは本当です。[1]次に", "これは本当です。⟨1⟩次に"),
    ("これは本当です（[1]）。", "これは本当です⟨1⟩。"),
    ("这是真的（参见[1]）。", "这是真的⟨1⟩。"),
    ("사실입니다 [1]. 그리고 [출처 2].", "사실입니다⟨1⟩. 그리고⟨2⟩."),
    ("水泵¹很响。", "水泵⟨1⟩很响。"),
    ("यह सही है। [1, 2]", "यह सही है।⟨1,2⟩"),
    ("Es „gilt“ [1]; «vrai» [2] ! ¿Sí [3]?", "Es „gilt“⟨1⟩; «vrai»⟨2⟩ ! ¿Sí⟨3⟩?"),
    ("Er sagt „ja“.[1]\u{a0}Dann", "Er sagt „ja“.⟨1⟩\u{a0}Dann"),
    ("Она велика\u{a0}[1].", "Она велика⟨1⟩."),
    ("👍 done [1] 👍", "👍 done⟨1⟩ 👍"),
    ("| F62 | Gas valve does not close [1] |", "| F62 | Gas valve does not close⟨1⟩ |"),
    ("|a|b|\n|-|-|\n|x[1]|12 [2]|\n", "|a|b|\n|-|-|\n|x[1]|12⟨2⟩|\n"),
    ("| [1] | x |", "|⟨1⟩ | x |"),
    (
        "First [1]; second [2]: third [3] – fourth [4]… fifth [5]!",
        "First⟨1⟩; second⟨2⟩: third⟨3⟩ – fourth⟨4⟩… fifth⟨5⟩!",
    ),
];

#[test]
fn lists_are_judged() {
    check(LISTS);
}

#[test]
fn nouns_are_found() {
    check(NOUNS);
}

#[test]
fn scripts_are_alike() {
    check(SCRIPTS);
}
