package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.nn.Targets;
import java.util.List;
import java.util.Optional;

/**
 * LoRA-FA (arXiv 2308.03303): LoRA with A drawn once and frozen, r * out parameters a matrix. Its
 * file is a LoRA's, A included.
 */
@JsonTypeName("lora-fa")
public record LoraFa(
    @Key(value = "Rank of the update, r.", min = 1) Integer rank,
    @Key(value = "Numerator of the update's scale, alpha / rank.", above = 0) Double alpha,
    @Key("The adapted matrices: parts such as query, or ends of Hugging Face paths.")
        List<String> targets,
    @Key(value = "Share of the update's inputs dropped in training.", min = 0, below = 1)
        Double dropout)
    implements Method {

  public LoraFa {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
    alpha = Setting.positive("alpha", alpha == null ? 16.0 : alpha);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
  }

  @Override
  public String summary() {
    return "LoRA with A random and frozen";
  }

  @Override
  public String source() {
    return "arXiv 2308.03303";
  }

  @Override
  public boolean hasLora() {
    return true;
  }

  @Override
  public double defaultLearningRate() {
    return 5e-3;
  }

  @Override
  public boolean storesFixed() {
    return true;
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    Lora.LoraPair pair = Lora.LoraPair.declare(site, rank, Role.FIXED, params);
    return Optional.of(new Lora.Update(pair.a(), pair.b(), alpha / rank, dropout));
  }
}
