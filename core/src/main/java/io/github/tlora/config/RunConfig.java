package io.github.tlora.config;

import io.github.tlora.Setting;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.train.TrainSettings;

/**
 * Everything that decides a training run. YAML keys are the component names in snake_case.
 *
 * @param task the task's name, {@code sst2} by default
 * @param model the pretrained encoder; its name alone may stand for the group
 * @param data a file or directory with the task's rows; null looks in the data cache, then at the
 *     bundled sample
 * @param initFrom the run or adapter whose trained values this one starts from; null starts anew
 * @param seed the one seed that every random stream of the run derives from
 * @param device {@code cpu} or {@code cuda[:i]}
 * @param threads threads of one operation; null uses every core
 * @param adapter the fine-tuning method with its settings, told apart by {@code method}
 * @param head what stands on the encoder
 * @param train the recipe
 * @param baseline whether a bag of words is scored on the same rows, after training
 * @param log where else steps and scores are written
 */
public record RunConfig(
    String task,
    ModelSettings model,
    String data,
    String initFrom,
    Long seed,
    String device,
    Integer threads,
    Method adapter,
    HeadSettings head,
    TrainSettings train,
    Boolean baseline,
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
