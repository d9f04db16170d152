package io.github.tlora.metric;

import com.oracle.labs.mlrg.olcut.util.Pair;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tribuo.Example;
import org.tribuo.Excuse;
import org.tribuo.ImmutableFeatureMap;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Model;
import org.tribuo.MutableFeatureMap;
import org.tribuo.Output;
import org.tribuo.Prediction;
import org.tribuo.provenance.ModelProvenance;
import org.tribuo.provenance.impl.EmptyDatasetProvenance;
import org.tribuo.provenance.impl.EmptyTrainerProvenance;

/**
 * A fine-tuned encoder as Tribuo's evaluators want to have it: its classes, and nothing of how it
 * predicts. The predictions are made before, from logits, and handed to the evaluator as they are.
 */
final class FineTunedModel<T extends Output<T>> extends Model<T> {
  private static final long serialVersionUID = 1L;

  FineTunedModel(ImmutableOutputInfo<T> outputs) {
    this(
        "fine-tuned encoder",
        new ModelProvenance(
            FineTunedModel.class.getName(),
            OffsetDateTime.now(ZoneOffset.UTC),
            new EmptyDatasetProvenance(),
            new EmptyTrainerProvenance()),
        outputs);
  }

  private FineTunedModel(String name, ModelProvenance provenance, ImmutableOutputInfo<T> outputs) {
    super(name, provenance, new ImmutableFeatureMap(new MutableFeatureMap()), outputs, false);
  }

  @Override
  public Prediction<T> predict(Example<T> example) {
    throw new UnsupportedOperationException("an encoder reads texts, not features");
  }

  @Override
  public Map<String, List<Pair<String, Double>>> getTopFeatures(int n) {
    return Map.of();
  }

  @Override
  public Optional<Excuse<T>> getExcuse(Example<T> example) {
    return Optional.empty();
  }

  @Override
  protected Model<T> copy(String newName, ModelProvenance newProvenance) {
    return new FineTunedModel<>(newName, newProvenance, outputIDInfo);
  }
}
