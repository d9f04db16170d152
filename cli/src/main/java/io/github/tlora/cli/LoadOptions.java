package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.run.Environment;
import picocli.CommandLine.Option;

/** The options of commands that load a trained adapter. */
final class LoadOptions {
  @Heading("Encoder and machine")
  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "Where the adapter's own encoder is found now (default: as in training).")
  String model;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      completionCandidates = Words.Devices.class,
      defaultValue = "cpu",
      description = "cpu (default), cuda or cuda:N.")
  private String device;

  @Option(names = "--threads", paramLabel = "N", description = "Threads (default: every core).")
  private Integer threads;

  @Option(
      names = {"-f", "--force"},
      description = "Load the adapter on another encoder all the same, with a warning.")
  private boolean force;

  /** Where to load, and what; warnings go to {@code console}. */
  Environment environment(Console console) {
    if (!device.matches("cpu|cuda(:\\d+)?")) {
      throw UserError.usage("--device must be cpu, cuda or cuda:N, got '" + device + "'");
    }
    if (threads != null && threads < 1) {
      throw UserError.usage("--threads must be at least 1, got " + threads);
    }
    Environment environment = Environment.current().on(device, threads);
    return force ? environment.forcing(console::warn) : environment;
  }
}
