package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Param;

/** BitFit (arXiv 2106.10199): the base's bias terms are trained, those of norms included. */
@JsonTypeName("bitfit")
public record BitFit() implements Method {
  @Override
  public String summary() {
    return "the biases of the base";
  }

  @Override
  public String source() {
    return "arXiv 2106.10199";
  }

  @Override
  public double defaultLearningRate() {
    return 2e-3;
  }

  @Override
  public boolean trains(Param base) {
    return base.isBias();
  }
}
