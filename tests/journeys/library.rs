//! The library over HTTP: exact quotes and places, selection of sources, deletion.

use hearth_domain::{CharRange, CitationMethod, Place, ProblemCode, SourceKind, SourceStatus, TurnMode};
use hearth_tests::NodeProcess;
use hearth_tests::documents::{HANDBOOK_TEXT, PAPER_PAGES, PICTURE_PNG, build_pdf};
use hearth_wire::operations::{
    ChangeSelection, ChangeSource, CreateNote, DeleteSource, GetOpenApi, GetOriginal, GetPageImage,
    GetSourceText, ListPassages, ListPlaces, Search,
};
use hearth_wire::{
    NewNote, NewQuestion, PageImageQuery, PlacesQuery, RevisionQuery, SearchQuery, Selection, SourceChange,
};

/// Question that is answered by extracts.
fn new_question(text: &str) -> NewQuestion {
    NewQuestion { question: text.to_owned(), mode: Some(TurnMode::Extracts), ..NewQuestion::default() }
}

/// Search with the default options.
fn search_query(text: &str) -> SearchQuery {
    SearchQuery { q: text.to_owned(), ..SearchQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_are_exact_and_open_at_their_place() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Injuries").await;
    node.add_file(notebook, "pulleys.pdf", &build_pdf(&PAPER_PAGES)).await;
    node.add_file(notebook, "../../handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    let sources = node.wait_until_settled(notebook).await;
    assert_eq!(sources[1].title, "handbook.md", "a name cannot leave its folder");
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

    // A question about all the sources is answered.
    let turn = node.ask_question(notebook, new_question("What are these documents about?")).await;
    assert!(!turn.citations.is_empty(), "{turn:#?}");
    let turn = node.ask_question(notebook, new_question("How much did H taping reduce the distance?")).await;
    let citation = &turn.citations[0];
    assert_eq!(citation.source_id, paper.id);
    assert_eq!(citation.range.slice(&content.text), Some(citation.quote.as_str()));
    assert!(citation.quote.contains("16 percent"), "{citation:#?}");
    assert_eq!(citation.found_by, CitationMethod::Alignment);
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
    let places = node.client.call::<ListPlaces>(&[&id], &query, &()).await.unwrap().places;
    assert_eq!(places, citation.places);

    let image = node
        .client
        .fetch_bytes::<GetPageImage>(&[&id, "2"], &PageImageQuery { width: Some(300) })
        .await
        .unwrap();
    assert!(image.starts_with(b"\x89PNG"));
    assert!(node.client.fetch_bytes::<GetPageImage>(&[&id, "3"], &PageImageQuery::default()).await.is_err());
    let original = node.client.fetch_bytes::<GetOriginal>(&[&id], &()).await.unwrap();
    assert_eq!(original, build_pdf(&PAPER_PAGES));

    let new = NewNote { title: String::new(), body: String::new(), from_turn: Some(turn.id) };
    let note = node.client.call::<CreateNote>(&[&notebook.to_string()], &(), &new).await.unwrap();
    assert!(note.body.contains(&format!("[^{}]", citation.id)), "{}", note.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_a_page_and_says_that_it_has_no_text() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Receipts").await;
    node.add_file(notebook, "receipt.png", PICTURE_PNG).await;
    node.add_file(notebook, "torn.png", &PICTURE_PNG[..PICTURE_PNG.len() / 2]).await;
    let sources = node.wait_until_settled(notebook).await;
    let receipt = &sources[0];
    assert_eq!(
        (receipt.kind, receipt.status, receipt.pages),
        (SourceKind::Image, SourceStatus::Ready, Some(1))
    );
    assert_eq!(receipt.problems[0].code, ProblemCode::PageWithoutText);
    let id = receipt.id.to_string();
    let small = PageImageQuery { width: Some(60) };
    let image = node.client.fetch_bytes::<GetPageImage>(&[&id, "1"], &small).await.unwrap();
    // The width in the header of the PNG.
    assert_eq!(image[16..20], 60_u32.to_be_bytes());
    assert!(node.client.fetch_bytes::<GetPageImage>(&[&id, "2"], &small).await.is_err());
    assert_eq!(node.client.fetch_bytes::<GetOriginal>(&[&id], &()).await.unwrap(), PICTURE_PNG);
    // A truncated picture fails and is not shown as if it were complete.
    assert_eq!(sources[1].status, SourceStatus::Failed);
    let message = &sources[1].error.as_ref().unwrap().message;
    assert!(message.contains("damaged"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_chosen_sources_answer_and_deleted_ones_are_gone_at_once() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    let other_notebook = node.create_notebook("Other").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.add_file(notebook, "garden.md", b"# Garden\n\nThe pressure of the garden hose is 3 bar in summer.")
        .await;
    let sources = node.wait_until_settled(notebook).await;
    // The same bytes in another notebook are the same source, without a second job.
    let copy = node.add_file(other_notebook, "copy.md", HANDBOOK_TEXT.as_bytes()).await;
    assert_eq!(copy.sources[0].id, sources[0].id);
    assert!(copy.jobs.is_empty());

    let selection = Selection { source_ids: vec![sources[1].id] };
    node.client.call::<ChangeSelection>(&[&notebook.to_string()], &(), &selection).await.unwrap();
    let turn = node.ask_question(notebook, new_question("What is the pressure?")).await;
    assert!(!turn.citations.is_empty());
    assert!(turn.citations.iter().all(|citation| citation.source_id == sources[1].id));

    let change = SourceChange { title: Some("Zeppelin manual".into()) };
    let renamed =
        node.client.call::<ChangeSource>(&[&sources[0].id.to_string()], &(), &change).await.unwrap();
    assert_eq!(renamed.title, "Zeppelin manual");
    let hits = node.client.call::<Search>(&[], &search_query("zeppelin -garden"), &()).await.unwrap().hits;
    assert_eq!(hits[0].passage.as_ref().unwrap().source_id, sources[0].id, "found by its new name");

    let hits = node.client.call::<Search>(&[], &search_query("boiler pressure"), &()).await.unwrap().hits;
    let best = hits[0].passage.as_ref().unwrap();
    assert_eq!(best.source_id, sources[0].id);
    let matched: Vec<&str> =
        hits[0].matches.iter().filter_map(|range: &CharRange| range.slice(&best.text)).collect();
    assert!(matched.contains(&"pressure"), "{matched:?}");

    node.client.call::<DeleteSource>(&[&sources[0].id.to_string()], &(), &()).await.unwrap();
    let hits = node.client.call::<Search>(&[], &search_query("boiler pressure"), &()).await.unwrap().hits;
    assert!(hits.iter().all(|hit| hit.passage.as_ref().unwrap().source_id != sources[0].id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_describes_itself() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let document = node.client.call::<GetOpenApi>(&[], &(), &()).await.unwrap();
    assert!(document["paths"]["/api/notebooks/{id}/turns"]["post"].is_object());
    // Every operation in the document has a route: none answers as an unknown address does.
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let url = format!("{}{}", node.address, path.replace(['{', '}'], ""));
            let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let response = reqwest::Client::new().request(method.clone(), url).send().await.unwrap();
            // An address may have a route for another method only.
            assert_ne!(response.status(), reqwest::StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let body = response.text().await.unwrap();
            assert!(!body.contains("there is nothing at"), "{method} {path}: {body}");
        }
    }
}
