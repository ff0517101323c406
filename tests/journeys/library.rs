//! The library over HTTP: exact quotes, exact places, scoping, deletion.

use hearth_domain::{CharRange, FoundBy, Place, ProblemCode, SourceKind, SourceStatus, TurnMode};
use hearth_tests::NodeProcess;
use hearth_tests::documents::{HANDBOOK, PAPER, PICTURE, pdf};
use hearth_wire::operations::{
    ChangeSource, ChooseSelection, CreateNote, DeleteSource, GetOriginal, GetPageImage, GetPlaces,
    GetSourceText, ListPassages, OpenApi, Search,
};
use hearth_wire::{
    NewNote, PageImageQuery, PlacesQuery, Question, RevisionQuery, SearchQuery, Selection, SourceChange,
};

fn question(text: &str) -> Question {
    Question { question: text.to_owned(), mode: Some(TurnMode::Extracts), ..Question::default() }
}

fn search(text: &str) -> SearchQuery {
    SearchQuery { q: text.to_owned(), ..SearchQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_are_exact_and_open_at_their_place() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("Injuries").await;
    node.add(notebook, "pulleys.pdf", &pdf(&PAPER)).await;
    node.add(notebook, "../../handbook.md", HANDBOOK.as_bytes()).await;
    let sources = node.settled(notebook).await;
    assert_eq!(sources[1].title, "handbook.md", "a name cannot climb");
    assert!(sources.iter().all(|source| source.status == SourceStatus::Ready), "{sources:#?}");
    let paper = &sources[0];
    let id = paper.id.to_string();
    assert_eq!((paper.pages, paper.language.as_deref()), (Some(2), Some("en")));

    let content = node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap();
    let passages = node.client.call::<ListPassages>(&[&id], &(), &()).await.unwrap().passages;
    for passage in &passages {
        assert_eq!(passage.range.slice(&content.text), Some(passage.text.as_str()));
        assert!(!passage.places.is_empty());
    }

    // Of the sources as a whole anything may be asked.
    let turn = node.ask(notebook, question("What are these documents about?")).await;
    assert!(!turn.citations.is_empty(), "{turn:#?}");
    let turn = node.ask(notebook, question("How much did H taping reduce the distance?")).await;
    let citation = &turn.citations[0];
    assert_eq!(citation.source_id, paper.id);
    assert_eq!(citation.range.slice(&content.text), Some(citation.quote.as_str()));
    assert!(citation.quote.contains("16 percent"), "{citation:#?}");
    assert_eq!(citation.found_by, FoundBy::Alignment);
    let [Place::Page { page: 2, boxes }] = citation.places.as_slice() else {
        panic!("a place on page 2 expected: {:?}", citation.places);
    };
    assert_eq!(boxes.len(), 2, "a box a line");
    // 72 points from the left of a page 612 wide.
    assert!((boxes[0].x - 72.0 / 612.0).abs() < 0.01 && boxes[0].y < 0.15, "{boxes:?}");

    let query = PlacesQuery {
        start: citation.range.start.0,
        end: citation.range.end.0,
        revision: Some(citation.revision),
    };
    let places = node.client.call::<GetPlaces>(&[&id], &query, &()).await.unwrap().places;
    assert_eq!(places, citation.places);

    let image =
        node.client.bytes::<GetPageImage>(&[&id, "2"], &PageImageQuery { width: Some(300) }).await.unwrap();
    assert!(image.starts_with(b"\x89PNG"));
    assert!(node.client.bytes::<GetPageImage>(&[&id, "3"], &PageImageQuery::default()).await.is_err());
    let original = node.client.bytes::<GetOriginal>(&[&id], &()).await.unwrap();
    assert_eq!(original, pdf(&PAPER));

    let new = NewNote { title: String::new(), body: String::new(), from_turn: Some(turn.id) };
    let note = node.client.call::<CreateNote>(&[&notebook.to_string()], &(), &new).await.unwrap();
    assert!(note.body.contains(&format!("[^{}]", citation.id)), "{}", note.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_a_page_and_says_that_it_has_no_text() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("Receipts").await;
    node.add(notebook, "receipt.png", PICTURE).await;
    node.add(notebook, "torn.png", &PICTURE[..PICTURE.len() / 2]).await;
    let sources = node.settled(notebook).await;
    let receipt = &sources[0];
    assert_eq!(
        (receipt.kind, receipt.status, receipt.pages),
        (SourceKind::Image, SourceStatus::Ready, Some(1))
    );
    assert_eq!(receipt.problems[0].code, ProblemCode::PageWithoutText);
    let id = receipt.id.to_string();
    let small = PageImageQuery { width: Some(60) };
    let image = node.client.bytes::<GetPageImage>(&[&id, "1"], &small).await.unwrap();
    // The width that a PNG says in its head.
    assert_eq!(image[16..20], 60_u32.to_be_bytes());
    assert!(node.client.bytes::<GetPageImage>(&[&id, "2"], &small).await.is_err());
    assert_eq!(node.client.bytes::<GetOriginal>(&[&id], &()).await.unwrap(), PICTURE);
    // One that ends in its middle says so, and is not shown as if it were whole.
    assert_eq!(sources[1].status, SourceStatus::Failed);
    let why = &sources[1].error.as_ref().unwrap().message;
    assert!(why.contains("damaged"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_chosen_sources_answer_and_deleted_ones_are_gone_at_once() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("House").await;
    let other = node.notebook("Other").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.add(notebook, "garden.md", b"# Garden\n\nThe pressure of the garden hose is 3 bar in summer.").await;
    let sources = node.settled(notebook).await;
    // The same bytes in another notebook are the same source, without a second job.
    let again = node.add(other, "copy.md", HANDBOOK.as_bytes()).await;
    assert_eq!(again.sources[0].id, sources[0].id);
    assert!(again.jobs.is_empty());

    let chosen = Selection { source_ids: vec![sources[1].id] };
    node.client.call::<ChooseSelection>(&[&notebook.to_string()], &(), &chosen).await.unwrap();
    let turn = node.ask(notebook, question("What is the pressure?")).await;
    assert!(!turn.citations.is_empty());
    assert!(turn.citations.iter().all(|citation| citation.source_id == sources[1].id));

    let new = SourceChange { title: Some("Zeppelin manual".into()) };
    let renamed = node.client.call::<ChangeSource>(&[&sources[0].id.to_string()], &(), &new).await.unwrap();
    assert_eq!(renamed.title, "Zeppelin manual");
    let hits = node.client.call::<Search>(&[], &search("zeppelin -garden"), &()).await.unwrap().hits;
    assert_eq!(hits[0].passage.as_ref().unwrap().source_id, sources[0].id, "found by its new name");

    let hits = node.client.call::<Search>(&[], &search("boiler pressure"), &()).await.unwrap().hits;
    let best = hits[0].passage.as_ref().unwrap();
    assert_eq!(best.source_id, sources[0].id);
    let matched: Vec<&str> =
        hits[0].matches.iter().filter_map(|range: &CharRange| range.slice(&best.text)).collect();
    assert!(matched.contains(&"pressure"), "{matched:?}");

    node.client.call::<DeleteSource>(&[&sources[0].id.to_string()], &(), &()).await.unwrap();
    let hits = node.client.call::<Search>(&[], &search("boiler pressure"), &()).await.unwrap().hits;
    assert!(hits.iter().all(|hit| hit.passage.as_ref().unwrap().source_id != sources[0].id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_describes_itself() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let described = node.client.call::<OpenApi>(&[], &(), &()).await.unwrap();
    assert!(described["paths"]["/api/notebooks/{id}/turns"]["post"].is_object());
    // Every operation that is described has a route: none answers as an unknown address does.
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let url = format!("{}{}", node.address, path.replace(['{', '}'], ""));
            let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = reqwest::Client::new().request(method.clone(), url).send().await.unwrap();
            let body = answer.text().await.unwrap();
            assert!(!body.contains("there is nothing at"), "{method} {path}: {body}");
        }
    }
}
