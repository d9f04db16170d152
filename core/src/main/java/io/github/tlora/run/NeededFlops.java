package io.github.tlora.run;

import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Attachments;
import io.github.tlora.nn.Layer;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Part;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.nn.Sublayer;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many floating-point operations a training step cannot do without: the forward products of
 * real tokens, the gradients of their inputs where anything that is trained is before them, the
 * gradients of trained matrices, and attention. Padding, and what is computed twice, does not
 * count; nor does what is no matrix product.
 */
final class NeededFlops {
  private static final Set<Part> ON_INPUT = EnumSet.of(Part.QUERY, Part.KEY, Part.VALUE, Part.QKV);
  private static final Set<Part> OF_POSITIONS = EnumSet.of(Part.POS_KEY, Part.POS_QUERY);

  private final SequenceClassifier model;
  private final int layers;
  private final long width;
  private final boolean firstOnly;
  private final boolean trainsEmbeddings;
  private final int lowest; // layer in which anything is trained

  NeededFlops(SequenceClassifier model) {
    this.model = model;
    this.layers = model.architecture().traits().stack().layers();
    this.width = model.architecture().hiddenSize();
    this.firstOnly = model.headSettings().readsFirstOnly();
    this.trainsEmbeddings =
        model.attachments().prefix().isPresent()
            || model.params().of(Role.BASE).stream()
                .anyMatch(param -> param.isTrained() && param.name().contains("embeddings"));
    this.lowest = trainsEmbeddings ? 0 : lowestTrainedLayer();
  }

  private int lowestTrainedLayer() {
    Attachments attached = model.attachments();
    IntStream attachedTo =
        Stream.of(
                attached.deltas().keySet().stream().map(Site::layer),
                attached.sublayers().keySet().stream().map(Sublayer::layer),
                attached.outputs().keySet().stream().map(Layer::index))
            .flatMap(layer -> layer)
            .mapToInt(Integer::intValue);
    IntStream trainedOfBase =
        model.projections().stream()
            .filter(p -> p.weight().isTrained() || p.bias().filter(Param::isTrained).isPresent())
            .mapToInt(p -> p.site().layer());
    return IntStream.concat(attachedTo, trainedOfBase).min().orElse(layers);
  }

  /** Of a step on rows of these lengths. */
  long ofStep(int[] lengths) {
    return IntStream.of(lengths).mapToLong(this::ofRow).sum();
  }

  private long ofRow(int tokens) {
    long sum = 0;
    for (Projection projection : model.projections()) {
      sum += ofProjection(projection, tokens);
    }
    for (int layer = 0; layer < layers; layer++) {
      long queries = firstOnly && layer == layers - 1 ? 1 : tokens;
      long relative = model.architecture().relativePositions(1) > 0 ? 2 : 0;
      long forward = 2 * (2 + relative) * queries * tokens * width;
      sum += layer < lowest ? forward : 3 * forward; // each product has two gradients
    }
    return sum + ofAdapter(tokens);
  }

  private long ofProjection(Projection projection, int tokens) {
    Site site = projection.site();
    if (OF_POSITIONS.contains(site.part())) {
      return 0; // once a batch, not once a row
    }
    boolean readsAll =
        site.part() == Part.KEY || site.part() == Part.VALUE || site.part() == Part.QKV;
    boolean isLast = site.layer() == layers - 1;
    long positions = firstOnly && isLast && !readsAll ? 1 : tokens;
    long product = 2 * positions * site.in() * site.out();
    boolean ofInput =
        site.layer() > lowest
            || (site.layer() == lowest && (trainsEmbeddings || !ON_INPUT.contains(site.part())));
    return product * (1 + (ofInput ? 1 : 0) + (projection.weight().isTrained() ? 1 : 0));
  }

  /** Forward, and the gradients of input and weight where it is trained. */
  private long ofAdapter(int tokens) {
    return model.params().of(Role.ADAPTER, Role.FIXED).stream()
        .filter(param -> param.shape().dimension() == 2)
        .mapToLong(param -> 2L * tokens * param.size() * (param.isTrained() ? 3 : 2))
        .sum();
  }
}
