"""Run by check-mlflow.sh: trains with ./tlora, and has MLflow's own client read what the server was told."""
import json, os, pathlib, subprocess, sys

from mlflow.tracking import MlflowClient

work = pathlib.Path(sys.argv[1])
passed = failed = 0


def report(good, line):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {line}", flush=True)


def train(out, *more):
    return subprocess.run(["./tlora", "train", "--set", "train.max_examples=64", "--epochs", "2", "--batch-size", "8",
                           "--no-baseline", "-o", out, "--set", f"log.mlflow={os.environ['MLFLOW_TRACKING_URI']}", *more],
                          capture_output=True, text=True)


run = work / "my-run"
done = train(run)
report(done.returncode == 0 and "warning: log.mlflow" not in done.stderr, "a training with the server")
client = MlflowClient()
experiment = client.get_experiment_by_name("tlora-sst2")
told = client.get_run(json.loads((run / "mlflow.json").read_text())["run_id"])
report(told.info.experiment_id == experiment.experiment_id, "the run is in the task's experiment")
report(told.info.status == "FINISHED" and told.info.run_name == "my-run", "it has the run's name, and is finished")
report(told.data.params["adapter.method"] == "tlora" and told.data.params["train.batch_size"] == "8", "its parameters are the settings")
report(told.data.tags["tlora.sample"] == "true", "it says that the rows are the sample's")
events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
for key, metric, wanted in (
        ("loss", "loss", [(event["step"], event["loss"]) for event in events if "metrics" not in event]),
        ("dev/accuracy", "accuracy", [(event["step"], event["metrics"]["accuracy"]) for event in events if "metrics" in event])):
    history = [(metric.step, metric.value) for metric in client.get_metric_history(told.info.run_id, key)]
    report(len(wanted) > 1 and sorted(history) == wanted, f"the history of {key} is that of metrics.jsonl")
train(work / "another")
report(len(client.search_runs([experiment.experiment_id])) == 2, "another training is another run of the same experiment")

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
