package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Param;

/** Full fine-tuning: every weight of the base is trained, and nothing is added. */
@JsonTypeName("full")
public record Full() implements Method {
  @Override
  public String summary() {
    return "every weight of the base: full fine-tuning";
  }

  @Override
  public String source() {
    return "arXiv 1810.04805";
  }

  @Override
  public double defaultLearningRate() {
    return 1e-4;
  }

  @Override
  public boolean trains(Param base) {
    return true;
  }
}
