"""Calls of OpenAI's official client to a node. The first argument is the part to run."""

import os
import sys

from openai import (
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    OpenAI,
    RateLimitError,
)

BASE, KEY = os.environ["BASE"], os.environ["KEY"]
NOTEBOOK = "notebook:" + os.environ["NOTEBOOK"]
EMBEDDER, LANGUAGE_MODEL = "all-MiniLM-L6-v2", "scripted:1b"
QUESTION = {"role": "user", "content": "When is water refilled in the boiler?"}
client = OpenAI(base_url=BASE, api_key=KEY, max_retries=0)


def complete(messages=(QUESTION,), model=NOTEBOOK, **options):
    return client.chat.completions.create(model=model, messages=list(messages), **options)


def expect(error_class, call, param=None, text=""):
    """Runs a call that must fail with an error of this class, which names the field at fault."""
    try:
        result = call()
    except error_class as error:
        assert error.param == param, (error.param, error)
        assert error.type and error.code and text in error.message, error
        return error
    raise SystemExit(f"no {error_class.__name__}: {result}")


def models():
    listed = {model.id: model for model in client.models.list()}
    for name in (NOTEBOOK, EMBEDDER, LANGUAGE_MODEL):
        assert client.models.retrieve(name) == listed[name], name
    error = expect(NotFoundError, lambda: client.models.retrieve("gpt-4"), "model")
    assert error.code == "MODEL_NOT_FOUND" and error.type == "invalid_request_error", error
    stranger = OpenAI(base_url=BASE, api_key="sk-unknown", max_retries=0)
    error = expect(AuthenticationError, stranger.models.list)
    assert error.type == "authentication_error", error


def embeddings():
    def embed(texts, **options):
        return client.embeddings.create(model=EMBEDDER, input=texts, **options)

    # The client asks for base64 by itself and decodes it.
    one = embed("The boiler is cold.")
    many = embed(["The boiler is cold.", "Bananas."], encoding_format="float")
    assert len(one.data[0].embedding) == 384 and one.usage.prompt_tokens == 7, one.usage
    dot = sum(a * b for a, b in zip(one.data[0].embedding, many.data[0].embedding))
    assert abs(dot - 1) < 1e-4, dot
    assert len(embed("The boiler is cold.", dimensions=64).data[0].embedding) == 64
    by_tokens = embed([[101, 2003, 3147, 102]]).data[0].embedding
    by_text = embed("Is cold").data[0].embedding
    assert sum(a * b for a, b in zip(by_text, by_tokens)) > 0.999
    assert len(embed(["a"] * 600).data) == 600
    for wrong in ([9906, 1917], [101, 999_999, 102], "", [], ["a", ""], ["a"] * 2049, "boiler " * 300):
        expect(BadRequestError, lambda wrong=wrong: embed(wrong), "input")
    expect(BadRequestError, lambda: embed("a", dimensions=385), "dimensions")
    cut = embed("boiler " * 300, extra_body={"truncate": True})
    assert cut.usage.prompt_tokens == 256, cut.usage
    expect(NotFoundError, lambda: client.embeddings.create(model="gpt-4", input="a"), "model")


def answers():
    system = {"role": "system", "content": "Answer like a plumber."}
    developer = {"role": "developer", "content": "Be brief."}
    earlier = [
        {"role": "user", "content": [{"type": "text", "text": "How warm is the boiler?"}]},
        {"role": "assistant", "content": "80 degrees.[1]\n\nSources:\n[1] handbook.md: “80 degrees”"},
        {"role": "assistant", "content": None},
    ]
    messages = [system, developer, *earlier, QUESTION]
    options = {"temperature": 0.25, "max_tokens": 77, "stop": ["END"], "top_p": 0.5, "seed": 7}
    answer = complete(messages, **options)
    choice = answer.choices[0]
    text = choice.message.content
    assert "0.8 bar.[1]" in text and "Sources:\n[1] handbook.md: “Refill water" in text, text
    assert choice.finish_reason == "stop" and choice.message.role == "assistant"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (321, 45), answer.usage
    parts = list(complete(messages, stream=True, stream_options={"include_usage": True}))
    streamed = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
    assert streamed == text, (streamed, text)
    assert parts[0].choices[0].delta.role == "assistant"
    assert parts[-2].choices[0].finish_reason == "stop"
    assert not parts[-1].choices and parts[-1].usage == answer.usage, parts[-1]
    assert all(part.usage is None for part in parts[:-1])
    parts = list(complete(messages, stream=True))
    assert parts[-1].choices and parts[-1].usage is None


def refusals():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    picture = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]}
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    for param, options in (
        ("n", {"n": 2}),
        ("logprobs", {"logprobs": True}),
        ("tools", {"tools": [tool]}),
        ("temperature", {"temperature": 3}),
        ("max_tokens", {"max_tokens": 0}),
        ("stop", {"stop": list("abcde")}),
        ("response_format", {"response_format": {"type": "json_object"}}),
        ("messages[0].content[1]", {"messages": [picture]}),
        ("messages[0].role", {"messages": [{"role": "boss", "content": "Go"}]}),
        ("messages", {"messages": []}),
    ):
        expect(BadRequestError, lambda options=options: complete(**options), param)
    expect(NotFoundError, lambda: complete(model="gpt-4"), "model")
    expect(NotFoundError, lambda: complete(model="notebook:none"), "model")
    long = {"role": "user", "content": "why " * 5001}
    expect(BadRequestError, lambda: complete([long]), text="20000")
    expect(NotFoundError, lambda: client.completions.create(model=NOTEBOOK, prompt="Why?"), text="chat/completions")
    # What means nothing to a notebook is no reason to refuse.
    complete(n=1, logprobs=False, tools=[], user="me", frequency_penalty=0)


def limit():
    answer = complete(max_completion_tokens=5)
    assert answer.choices[0].finish_reason == "length", answer
    parts = list(complete(stream=True))
    assert parts[-1].choices[0].finish_reason == "length", parts[-1]
    response = client.responses.create(model=NOTEBOOK, input="When is water refilled in the boiler?")
    assert response.status == "incomplete", response
    assert response.incomplete_details.reason == "max_output_tokens"


def responses():
    def respond(**options):
        return client.responses.create(model=NOTEBOOK, **options)

    question = "When is water refilled in the boiler?"
    first = respond(input=question, instructions="Be brief.", store=True)
    text = first.output_text
    assert first.status == "completed" and "0.8 bar.[1]" in text, first
    assert first.usage.input_tokens == 321 and first.usage.total_tokens == 366, first.usage
    citation = first.output[0].content[0].annotations[0]
    assert citation.type == "file_citation" and citation.filename == "handbook.md", citation
    second = respond(input="And in winter?", previous_response_id=first.id, store=True)
    assert second.previous_response_id == first.id
    events = list(respond(input=[{"role": "user", "content": question}], stream=True))
    names = [event.type for event in events]
    assert names[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ], names
    assert names[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ], names
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert deltas == text == events[-1].response.output_text, deltas
    plain = client.responses.create(model=LANGUAGE_MODEL, input="Hello")
    assert "[1]" in plain.output_text and "Sources:" not in plain.output_text, plain.output_text
    unknown = "resp_0190163d-8694-739b-aea5-966c26f8ad91"
    expect(NotFoundError, lambda: respond(input="a", previous_response_id=unknown), "previous_response_id")
    expect(BadRequestError, lambda: respond(input="a", background=True), "background")
    expect(BadRequestError, lambda: respond(input=[]), "input")


def language_model():
    answer = complete([{"role": "user", "content": "Hello"}], LANGUAGE_MODEL, max_tokens=9, stop="END")
    text = "Refill water when the pressure falls below 0.8 bar [1]. Clean the burner once a year before the heating season [1]."
    assert answer.choices[0].message.content == text, answer
    assert answer.usage.prompt_tokens == 321, answer.usage
    parts = list(complete([QUESTION], LANGUAGE_MODEL, stream=True))
    assert "".join(part.choices[0].delta.content or "" for part in parts) == text
    form = {"name": "a", "schema": {"type": "object", "title": "form"}}
    complete([QUESTION], LANGUAGE_MODEL, response_format={"type": "json_schema", "json_schema": form})


def keep():
    complete()
    list(complete(stream=True))
    complete(store=True)


def leave():
    stream = complete(stream=True)
    text = ""
    for part in stream:
        text += part.choices[0].delta.content or ""
        if "0.8 bar." in text:
            break
    stream.close()
    impatient = client.with_options(timeout=1)
    for model in (NOTEBOOK, LANGUAGE_MODEL):
        try:
            impatient.chat.completions.create(model=model, messages=[QUESTION])
        except APITimeoutError:
            continue
        raise SystemExit("an answer that is held back came")


def slow_down():
    expect(RateLimitError, lambda: [client.models.list() for _ in range(9)])


globals()[sys.argv[1]]()
