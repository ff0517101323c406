//! Metrics for Prometheus.

use std::fmt::Write;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use hearth_library::LibraryCounts;
use hearth_machine::ModelTimes;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: String,
}

/// Metrics of a node.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<EndpointLabels, Histogram>,
    active: Gauge,
}

/// Guard of a request in progress, counted as active until dropped.
pub(crate) struct ActiveRequest(Gauge);

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::<RequestLabels, Counter>::default();
        let durations = Family::<EndpointLabels, Histogram>::new_with_constructor(|| {
            Histogram::new([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
        });
        let active = Gauge::<i64, AtomicI64>::default();
        // `prometheus_client` adds "_total" itself.
        registry.register("api_requests", "Requests answered", requests.clone());
        registry.register(
            "api_request_duration_seconds",
            "Time until the response started",
            durations.clone(),
        );
        registry.register("active_requests", "Requests in progress", active.clone());
        Self { registry, requests, durations, active }
    }

    pub(crate) fn begin_request(&self) -> ActiveRequest {
        self.active.inc();
        ActiveRequest(self.active.clone())
    }

    pub(crate) fn record_request(&self, endpoint: &str, status: u16, duration: Duration) {
        let endpoint = endpoint.to_owned();
        self.requests.get_or_create(&RequestLabels { endpoint: endpoint.clone(), status }).inc();
        self.durations.get_or_create(&EndpointLabels { endpoint }).observe(duration.as_secs_f64());
    }

    /// All metrics in the OpenMetrics text format, with those of the library and its models; memory in bytes.
    pub(crate) fn format_metrics(
        &self,
        counts: &LibraryCounts,
        memory: u64,
        models: &[ModelTimes],
    ) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            return text;
        }
        let rest = text.trim_end().strip_suffix("# EOF").map_or(text.len(), str::len);
        text.truncate(rest);
        let mut gauge = |name: &str, help: &str, values: &[(String, f64)]| {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} gauge");
            for (labels, value) in values {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let plain = |value: f64| vec![(String::new(), value)];
        gauge("jobs_queued", "Jobs in the queue", &plain(f64::from(counts.jobs_queued)));
        gauge("jobs_running", "Jobs in progress", &plain(f64::from(counts.jobs_running)));
        gauge("jobs_failed", "Failed jobs", &plain(f64::from(counts.jobs_failed)));
        gauge("library_sources", "Sources in the library", &plain(f64::from(counts.sources)));
        gauge("library_passages", "Passages in the library", &plain(f64::from(counts.passages)));
        gauge("process_resident_memory_bytes", "Resident memory of the node", &plain(memory as f64));
        let per_model = |value: fn(&ModelTimes) -> f64| -> Vec<(String, f64)> {
            models.iter().map(|model| (format!("{{model=\"{}\"}}", model.id), value(model))).collect()
        };
        gauge(
            "models_loaded",
            "1 if the model is in memory, else 0",
            &per_model(|model| f64::from(u8::from(model.loaded))),
        );
        gauge(
            "model_load_duration_seconds",
            "Time to load the model",
            &per_model(|model| model.load_seconds),
        );
        gauge(
            "model_inference_duration_seconds_sum",
            "Time spent in inference",
            &per_model(|model| model.busy_seconds),
        );
        gauge(
            "model_inference_duration_seconds_count",
            "Inference batches",
            &per_model(|model| model.batches as f64),
        );
        text.push_str("# EOF\n");
        text
    }
}
