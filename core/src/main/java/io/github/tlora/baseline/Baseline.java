package io.github.tlora.baseline;

import io.github.tlora.data.Example;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Predictions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tribuo.Feature;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Output;
import org.tribuo.OutputFactory;
import org.tribuo.Prediction;
import org.tribuo.Trainer;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.dataset.MinimumCardinalityDataset;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.optimisers.AdaGrad;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.sgd.objectives.SquaredLoss;
import org.tribuo.transform.TransformationMap;
import org.tribuo.transform.Transformer;
import org.tribuo.transform.TransformerMap;
import org.tribuo.transform.transformations.IDFTransformation;

/**
 * What a fine-tuned encoder should be above: a linear model on a bag of words and pairs of words,
 * weighed by TF-IDF. Logistic regression for classes, linear regression for numbers, all by Tribuo.
 */
public final class Baseline {
  /** Changes whenever the same rows would give other predictions. */
  public static final String VERSION = "1";

  /** What it is, in results. */
  public static final String NAME = "bag of 1-2-grams, TF-IDF, linear model";

  private static final int EPOCHS = 5;
  private static final double LEARNING_RATE = 0.1;
  private static final double EPSILON = 1e-6;

  /** N-grams in fewer rows than this teach nothing about other rows. */
  private static final int FEWEST_ROWS = 2;

  private static final String NUMBER = "number";

  private Baseline() {}

  /**
   * Learns from {@code train} and answers to {@code dev}. The same rows and seed give the same
   * answers.
   *
   * @param seed decides the order in which rows are learnt
   */
  public static Predictions predict(Task task, List<Example> train, List<Example> dev, long seed) {
    if (task.isRegression()) {
      List<Prediction<Regressor>> answers =
          new Fit<>(
                  new RegressionFactory(),
                  new org.tribuo.regression.sgd.linear.LinearSGDTrainer(
                      new SquaredLoss(), optimiser(), EPOCHS, -1, 1, seed))
              .predict(train, dev, row -> new Regressor(NUMBER, row.value()));
      return Predictions.ofNumbers(
          answers.stream().mapToDouble(answer -> answer.getOutput().getValues()[0]).toArray(),
          dev.stream().mapToDouble(Example::value).toArray());
    }
    List<Prediction<Label>> answers =
        new Fit<>(
                new LabelFactory(),
                new org.tribuo.classification.sgd.linear.LinearSGDTrainer(
                    new LogMulticlass(), optimiser(), EPOCHS, -1, 1, seed))
            .predict(train, dev, row -> new Label(Integer.toString(row.label())));
    return Predictions.ofClasses(
        task.labels(),
        answers.stream()
            .mapToInt(answer -> Integer.parseInt(answer.getOutput().getLabel()))
            .toArray(),
        dev.stream().mapToInt(Example::label).toArray());
  }

  private static AdaGrad optimiser() {
    return new AdaGrad(LEARNING_RATE, EPSILON);
  }

  /** One model of one kind of answer. */
  private record Fit<T extends Output<T>>(OutputFactory<T> answers, Trainer<T> trainer) {
    /** A row's own answer. */
    interface Truth<T> {
      T of(Example row);
    }

    List<Prediction<T>> predict(List<Example> train, List<Example> dev, Truth<T> truth) {
      Bag bag = new Bag();
      MutableDataset<T> counted = dataset();
      for (Example row : train) {
        counted.add(new ArrayExample<>(truth.of(row), bag.of(row.text(), row.pair())));
      }
      TransformerMap weights =
          new MinimumCardinalityDataset<>(counted, FEWEST_ROWS)
              .createTransformers(
                  new TransformationMap(
                      Map.of("(?s)(?!" + Bag.SHARE + ").*", List.of(new IDFTransformation()))),
                  true);
      MutableDataset<T> weighed = dataset();
      for (org.tribuo.Example<T> row : counted) {
        weighed.add(weighed(row, weights));
      }
      Model<T> model = trainer.train(weighed);
      List<Prediction<T>> predictions = new ArrayList<>(dev.size());
      for (Example row : dev) {
        predictions.add(
            model.predict(
                weighed(
                    new ArrayExample<>(truth.of(row), bag.of(row.text(), row.pair())), weights)));
      }
      return predictions;
    }

    private MutableDataset<T> dataset() {
      return new MutableDataset<>(new SimpleDataSourceProvenance("rows", answers), answers);
    }

    /** Counts by TF-IDF, as a vector of length 1, and the shares as they are. */
    private static <T extends Output<T>> ArrayExample<T> weighed(
        org.tribuo.Example<T> counted, TransformerMap weights) {
      List<Feature> features = new ArrayList<>();
      double squares = 0;
      for (Feature feature : counted) {
        List<Transformer> weight = weights.get(feature.getName());
        if (weight != null) {
          double value = TransformerMap.applyTransformerList(feature.getValue(), weight);
          features.add(new Feature(feature.getName(), value));
          squares += value * value;
        }
      }
      double length = squares == 0 ? 1 : Math.sqrt(squares);
      features.replaceAll(feature -> new Feature(feature.getName(), feature.getValue() / length));
      for (Feature feature : counted) {
        if (feature.getName().startsWith(Bag.SHARE)) {
          features.add(feature);
        }
      }
      return new ArrayExample<>(counted.getOutput(), features);
    }
  }
}
