package io.github.tlora.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pickles that Python's pickle would not write, and those that it writes only to do harm. */
class PickleMachineTest {
  private static final long[] TWO = {2};

  private static RawPickle pickle() {
    return new RawPickle();
  }

  private static Object read(byte[] pickle) {
    return PickleMachine.read(ByteBuffer.wrap(pickle), new TorchNames());
  }

  private static void assertRefused(byte[] pickle, String message) {
    assertThatThrownBy(() -> read(pickle)).isInstanceOf(PickleFault.class).hasMessage(message);
  }

  private static String asksFor(String name) {
    return "it asks to run '" + name + "', which a file of weights has no need for";
  }

  @Test
  void plain_values_are_read() {
    byte[] all =
        pickle()
            .ops("(")
            .op('K', 255, 'M', 255, 255, 'J')
            .i4(-2)
            .integer(Long.MIN_VALUE)
            .op(0x8a, 0, 0x8a, 9)
            .i8(0)
            .op(1)
            .op(0x8b)
            .i4(1)
            .op(0x80)
            .op('G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)
            .ops("N")
            .op(0x88, 0x89)
            .text("ä")
            .op('U', 1, 'b', 0x8c, 1, 'c', 0x8d)
            .i8(1)
            .ops("d")
            .ops("t")
            .stop();
    PyTuple tuple = (PyTuple) read(all);
    List<Object> values =
        Stream.iterate(0, i -> i < tuple.size(), i -> i + 1).map(tuple::get).toList();
    assertThat(values)
        .isEqualTo(
            Stream.of(
                    255L,
                    65535L,
                    -2L,
                    Long.MIN_VALUE,
                    0L,
                    BigInteger.ONE.shiftLeft(64),
                    -128L,
                    1.5,
                    null,
                    true,
                    false,
                    "ä",
                    "b",
                    "c",
                    "d")
                .toList());
  }

  /** Python 2 pickles an OrderedDict as a call with a list of pairs, and its texts as bytes. */
  @Test
  void the_dictionaries_of_python_2_are_read() {
    byte[] old =
        pickle()
            .global("collections", "OrderedDict")
            .ops("](](")
            .op('U', 1, 'a', 'K', 1)
            .ops("e](")
            .op('U', 1, 'b', 'K', 2)
            .ops("ee")
            .op(0x85)
            .ops("R")
            .stop();
    assertThat(((PyDict) read(old)).items().toString()).isEqualTo("{a=1, b=2}");
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        Arguments.of("os", "system"),
        Arguments.of("builtins", "eval"),
        Arguments.of("__builtin__", "apply"),
        Arguments.of("torch", "load"),
        Arguments.of("torch", "hub.load"),
        Arguments.of("torch._utils", "_rebuild_tensor_v2.__globals__"),
        Arguments.of("torch", "EvalStorage"),
        Arguments.of("torch.storage", "_load_from_bytes"),
        Arguments.of("collections", "OrderedDict.__init__"),
        Arguments.of("builtins.bytes", "fromhex"),
        Arguments.of("numpy.core.multiarray", "_reconstruct"),
        Arguments.of("", ""));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void no_other_name_is_known_however_it_is_asked_for(String module, String name) {
    String message = asksFor(module + "." + name);
    assertRefused(pickle().global(module, name).stop(), message);
    assertRefused(pickle().text(module).text(name).op(0x93).stop(), message);
    assertRefused(
        pickle()
            .ops("}")
            .text(module)
            .op('q', 1, '0')
            .text(name)
            .op('q', 2, '0', 'h', 1, 'h', 2)
            .op(0x93)
            .ops("(")
            .text("true")
            .ops("tR0")
            .stop(),
        message);
  }

  @Test
  void a_name_cannot_write_to_the_terminal() {
    assertRefused(
        pickle().text("os\u001b[2J\n").text("\u202e\u2028" + "x".repeat(500)).op(0x93).stop(),
        asksFor("os?[2J?.??" + "x".repeat(90) + "..."));
  }

  static Stream<Arguments> nonsense() {
    String calls = "its pickle calls what is no function";
    String more = "its pickle takes more values than it has";
    String early = "its pickle ends early";
    String attributes = "its pickle sets attributes where that cannot be";
    String size = "a tensor has a size or stride that is no whole number from 0 on";
    String beyond = "a tensor reaches beyond its storage";
    String larger = "a tensor is larger than any file";
    String lacks = "a storage lacks its type, name or size";
    return Stream.of(
        // what is called
        Arguments.of(pickle().ops("K\1)R").stop(), calls),
        Arguments.of(pickle().text("os.system").ops(")R").stop(), calls),
        Arguments.of(pickle().ops("N)R").stop(), calls),
        Arguments.of(
            pickle().ops(")}\u0081").stop(), "its pickle calls a function without arguments"),
        Arguments.of(pickle().global("torch", "FloatStorage").ops(")R").stop(), calls),
        Arguments.of(pickle().global("torch", "Tensor").ops(")\u0081").stop(), calls),
        Arguments.of(
            pickle().global("torch", "Size").ops("NR").stop(),
            "its pickle calls a function without arguments"),
        Arguments.of(
            pickle().text("os").ops("K\1\u0093").stop(),
            "its pickle has something else where a name is"),
        // what is set
        Arguments.of(pickle().ops("K\1}b").stop(), attributes),
        Arguments.of(pickle().ops("]}b").stop(), attributes),
        Arguments.of(pickle().global("torch", "Size").ops("}b").stop(), attributes),
        Arguments.of(pickle().tensor(2, 0, TWO, 1).ops("}b").stop(), attributes),
        Arguments.of(pickle().ops("}K\1a").stop(), "its pickle appends where that cannot be"),
        Arguments.of(pickle().ops("]K\1K\1s").stop(), "its pickle sets items where that cannot be"),
        Arguments.of(pickle().ops("NK\1a").stop(), "its pickle appends where that cannot be"),
        Arguments.of(pickle().ops("}(K\1u").stop(), "a dictionary has a key without a value"),
        Arguments.of(
            pickle().ops("}}}s").stop(), "a dictionary has a key that Python would not allow"),
        // the stack, marks and memo
        Arguments.of(pickle().stop(), more),
        Arguments.of(pickle().ops("0").stop(), more),
        Arguments.of(pickle().ops("K\1K\1").stop(), "its pickle leaves values over"),
        Arguments.of(pickle().ops("(K\1").stop(), "its pickle leaves values over"),
        Arguments.of(pickle().ops("K\1(R").stop(), more),
        Arguments.of(pickle().ops("K\1(\u0085").stop(), more),
        Arguments.of(pickle().ops("K\1t").stop(), "its pickle closes what it never opened"),
        Arguments.of(pickle().ops("e").stop(), "its pickle closes what it never opened"),
        Arguments.of(pickle().ops("2").stop(), "its pickle doubles where that cannot be"),
        Arguments.of(pickle().ops("(q\1").stop(), "its pickle keeps where that cannot be"),
        Arguments.of(pickle().ops("h\1").stop(), "its pickle recalls what it never kept"),
        Arguments.of(pickle().op('j').i4(-1).stop(), "its pickle recalls what it never kept"),
        Arguments.of(
            pickle().op(0xff).stop(),
            "its pickle has the instruction 0xff, which is none of state dicts in protocols 2 to 5"),
        Arguments.of(
            new byte[] {(byte) 0x80, 1, 'N', '.'}, "it is a pickle of protocol 1, not 2 to 5"),
        Arguments.of(
            new byte[] {(byte) 0x80, 6, 'N', '.'}, "it is a pickle of protocol 6, not 2 to 5"),
        // lengths
        Arguments.of(new byte[0], early),
        Arguments.of(pickle().op('X').i4(100).stop(), early),
        Arguments.of(pickle().op('X').i4(-1).stop(), early),
        Arguments.of(pickle().op('B').i4(-1).stop(), early),
        Arguments.of(pickle().op(0x8d).i8(1L << 40).stop(), early),
        Arguments.of(pickle().op(0x8d).i8(-1).stop(), early),
        Arguments.of(pickle().op(0x8e).i8(Long.MAX_VALUE).stop(), early),
        Arguments.of(pickle().op(0x96).i8(Long.MIN_VALUE).stop(), early),
        Arguments.of(pickle().op(0x95).i8(Long.MAX_VALUE).ops("N").stop(), early),
        Arguments.of(
            pickle().op(0x8b).i4(Integer.MAX_VALUE).stop(),
            "an integer in it has 2147483647 bytes"),
        Arguments.of(pickle().op(0x8b).i4(-1).stop(), early),
        Arguments.of(pickle().op(0x8a, 255).stop(), early),
        Arguments.of(
            pickle().op('c').raw(new byte[5000]).stop(), "a name in it is over 1000 bytes long"),
        Arguments.of(pickle().ops("cos\nsystem").stop(), early),
        Arguments.of(pickle().op('U', 1, 0xff).stop(), "a text in it is not UTF-8"),
        // tensors and storages
        Arguments.of(pickle().tensor(2, 0, new long[] {3}, 1).stop(), beyond),
        Arguments.of(pickle().tensor(2, 1, TWO, 1).stop(), beyond),
        Arguments.of(pickle().tensor(2, 0, TWO, 2).stop(), beyond),
        Arguments.of(pickle().tensor(2, 3, new long[] {0}, 1).stop(), beyond),
        Arguments.of(pickle().tensor(0, 0, new long[0]).stop(), beyond),
        Arguments.of(pickle().tensor(2, Long.MAX_VALUE, new long[] {1}, 1).stop(), beyond),
        Arguments.of(pickle().tensor(2, Long.MAX_VALUE, TWO, 1).stop(), larger),
        Arguments.of(pickle().tensor(2, 0, TWO, Long.MAX_VALUE).stop(), beyond),
        Arguments.of(pickle().tensor(2, 0, new long[] {3}, Long.MAX_VALUE).stop(), larger),
        Arguments.of(pickle().tensor(2, 0, new long[] {1L << 32, 1L << 32}, 0, 0).stop(), larger),
        Arguments.of(pickle().tensor(2, 0, new long[] {1L << 62}, 0).stop(), larger),
        Arguments.of(pickle().tensor(2, 0, new long[] {-1}, 1).stop(), size),
        Arguments.of(pickle().tensor(2, 0, TWO, -1).stop(), size),
        Arguments.of(
            pickle().tensor(2, -1, TWO, 1).stop(),
            "a tensor lacks its storage, place, shape or strides"),
        Arguments.of(
            pickle().tensor(2, 0, TWO).stop(), "a tensor has 1 dimensions but not as many strides"),
        Arguments.of(
            pickle().tensor(2, 0, new long[17], new long[17]).stop(), "a tensor has 17 dimensions"),
        Arguments.of(pickle().storage("0", -1).stop(), lacks),
        Arguments.of(pickle().storage("0", Long.MAX_VALUE).stop(), lacks),
        Arguments.of(pickle().ops("NQ").stop(), lacks),
        Arguments.of(pickle().ops(")Q").stop(), lacks),
        Arguments.of(
            pickle().storage("0", 2).storage("0", 3).stop(),
            "storage '0' has two different types or sizes"),
        Arguments.of(
            pickle().op('(').text("module").ops("tQ").stop(),
            "it is a whole model with its code, not a state dict"),
        Arguments.of(
            pickle().global("torch._utils", "_rebuild_parameter").ops(")R").stop(),
            "a parameter in it is no tensor"));
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void nonsense_is_told_in_one_line(byte[] pickle, String message) {
    assertRefused(pickle, message);
  }

  /** The bytes times over, between a start and an end. */
  private static byte[] repeated(byte[] start, byte[] bytes, int times, String end) {
    ByteBuffer all = ByteBuffer.allocate(start.length + bytes.length * times);
    all.put(start);
    for (int i = 0; i < times; i++) {
      all.put(bytes);
    }
    return pickle().raw(all.array()).ops(end).stop();
  }

  private static byte[] codes(String codes) {
    return codes.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void nesting_may_be_deep() {
    assertThat(read(repeated(codes(")"), codes("\u0085"), 500_000, "")))
        .isInstanceOf(PyTuple.class);
    assertThat(read(repeated(codes(""), codes("("), 500_000, "t".repeat(500_000))))
        .isInstanceOf(PyTuple.class);
    // A key whose hash would visit all that it holds, two to the power of 100,000.
    assertThat(read(repeated(codes("})"), codes("2\u0086"), 100_000, "Ns")))
        .isInstanceOf(PyDict.class);
  }

  @Test
  void a_value_may_hold_itself() {
    PyList list = (PyList) read(pickle().ops("]q\1h\1a").stop());
    assertThat(list.items().get(0)).isSameAs(list);
    PyDict dict = (PyDict) read(pickle().ops("}q\1").text("model").ops("h\1s").stop());
    assertThat(dict.get("model")).isSameAs(dict);
    assertThatThrownBy(() -> StateDict.in(dict)).hasMessage("it holds no dictionary of tensors");
  }

  @Test
  void endless_work_is_cut_off() {
    String steps = "its pickle has over 4000000 steps";
    byte[] lists = repeated(codes(""), codes("]"), 1_000_000, "");
    byte[] numbers = repeated(codes("]("), codes("N"), 4_000_000, "e");
    byte[] kept = repeated(codes("N"), codes("\u0094"), 2_000_000, "");
    byte[] calls = pickle().global("torch", "Size").op('q', 0).ops(")").op('q', 1).stop();
    byte[] start = Arrays.copyOfRange(calls, 2, calls.length - 1);
    assertRefused(repeated(start, codes("h\0h\1R0"), 200_000, ""), steps);
    assertRefused(lists, steps);
    assertRefused(numbers, steps);
    assertRefused(kept, steps);
  }

  @Test
  void one_list_does_not_fill_dictionaries_without_end() {
    RawPickle list = pickle().global("collections", "OrderedDict").op('q', 0).ops("](");
    for (int i = 0; i < 100_000; i++) {
      list.integer(i).ops("N\u0086");
    }
    byte[] pickle = list.ops("e\u0085").op('q', 1).stop();
    byte[] start = Arrays.copyOfRange(pickle, 2, pickle.length - 1);
    assertRefused(
        repeated(start, codes("h\0h\1R0"), 1_000, ""),
        "its dictionaries have over 1000000 entries");
  }
}
