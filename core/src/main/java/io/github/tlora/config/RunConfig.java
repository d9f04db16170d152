package io.github.tlora.config;

import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.train.TrainSettings;

/** Everything that decides a training run. YAML keys are the component names in snake_case. */
public record RunConfig(
    @Key("The task: one of GLUE's, or a YAML file that describes your own.") String task,
    @Key("The pretrained encoder; its name alone may stand for the group.") ModelSettings model,
    @Key(
            value = "File or directory with the task's rows.",
            unset = "looked for in the data cache; for sst2 then the bundled sample")
        String data,
    @Key(
            value = "The run or adapter whose trained values this one starts from.",
            unset = "starts anew")
        String initFrom,
    @Key("The one seed that everything random in a run derives from.") Long seed,
    @Key(
            value = "What computes: cpu, cuda, or one GPU of several as cuda:1.",
            pattern = "cpu|cuda(:[0-9]+)?")
        String device,
    @Key(value = "Threads that share a batch's rows.", unset = "every core", min = 1)
        Integer threads,
    @Key("The fine-tuning method and its settings, told apart by method.") Method adapter,
    @Key("What stands on the encoder and turns its states into logits.") HeadSettings head,
    @Key("The recipe of the training.") TrainSettings train,
    @Key("Whether a bag of words is scored on the same rows, to compare with.") Boolean baseline,
    @Key("Where else steps and scores are written; metrics.jsonl has them in any case.")
        LogSettings log) {

  public RunConfig {
    task = task == null ? "sst2" : task;
    model = model == null ? ModelSettings.defaults() : model;
    seed = seed == null ? 0L : seed;
    device = device == null ? "cpu" : device;
    adapter = adapter == null ? TLora.defaults() : adapter;
    head = head == null ? HeadSettings.defaults() : head;
    train = train == null ? TrainSettings.defaults() : train;
    baseline = baseline == null || baseline;
    log = log == null ? LogSettings.defaults() : log;
    if (threads != null) {
      Setting.atLeast("threads", threads, 1);
    }
    if (!device.matches("cpu|cuda(:\\d+)?")) {
      throw new IllegalArgumentException(
          "device must be cpu, cuda or cuda:N, got '" + device + "'");
    }
    if (train.learningRate() == null) {
      train = train.withLearningRate(adapter.defaultLearningRate());
    }
  }

  /** The same run with another seed. */
  public RunConfig withSeed(long other) {
    return new RunConfig(
        task, model, data, initFrom, other, device, threads, adapter, head, train, baseline, log);
  }

  /** All defaults. */
  public static RunConfig defaults() {
    return new RunConfig(null, null, null, null, null, null, null, null, null, null, null, null);
  }
}
