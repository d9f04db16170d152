package io.github.tlora.pickle;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one pickle of protocol 2 to 5 into plain values. It runs nothing: which names a pickle may
 * mention, and what a call of them gives, is for {@link Names} to say.
 *
 * <p>No method calls itself, so nesting is no matter; steps are counted, so that a small file makes
 * neither endless work nor a heap many times its size.
 */
final class PickleMachine {
  /** No list of storages and shapes comes near it; more than this is never mapped as a pickle. */
  static final int LARGEST = 1 << 26;

  /** Some 40,000 tensors, at about 100 steps for each. */
  private static final int MOST_STEPS = 4_000_000;

  private static final int STEPS_OF_OBJECT = 4;
  private static final int STEPS_OF_CALL = 16;

  /** What stands behind a pickle's names. */
  interface Names {
    /** The value called {@code name} in {@code module}. */
    Object find(String module, String name);

    /** What {@code function}, found before, makes of {@code arguments}. */
    Object call(Object function, PyTuple arguments);

    /** The value that is stored outside of the pickle. */
    Object stored(Object id);
  }

  private final PickleInput in;
  private final Names names;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int steps;

  private PickleMachine(ByteBuffer bytes, Names names) {
    this.in = new PickleInput(bytes);
    this.names = names;
  }

  /**
   * The value of the pickle at the position of {@code bytes}; afterwards they stand behind it.
   *
   * <p>Values are {@code String}, {@code Long}, {@code BigInteger}, {@code Double}, {@code
   * Boolean}, {@link PyTuple}, {@link PyList}, {@link PyDict}, {@link Opaque}, null for None, and
   * what {@code names} gave.
   */
  static Object read(ByteBuffer bytes, Names names) {
    try {
      return new PickleMachine(bytes, names).run();
    } catch (BufferUnderflowException e) {
      throw PickleFault.damaged("its pickle ends early", e);
    }
  }

  private Object run() {
    while (true) {
      spend(1);
      int opcode = in.u1();
      if (opcode == '.') {
        Object result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw PickleFault.damaged("its pickle leaves values over");
        }
        return result;
      }
      if (!scalar(opcode) && !container(opcode) && !memory(opcode) && !call(opcode)) {
        throw PickleFault.damaged(
            String.format(
                "its pickle has the instruction 0x%02x, which is none of state dicts in protocols 2 to 5",
                opcode));
      }
    }
  }

  private void spend(int more) {
    steps += more;
    if (steps > MOST_STEPS) {
      throw PickleFault.unsupported("its pickle has over " + MOST_STEPS + " steps");
    }
  }

  private boolean scalar(int opcode) {
    switch (opcode) {
      case 'N' -> stack.add(null);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'K' -> stack.add((long) in.u1());
      case 'M' -> stack.add((long) in.u2());
      case 'J' -> stack.add((long) in.i4());
      case 0x8a -> stack.add(in.integer(in.u1()));
      case 0x8b -> stack.add(in.integer(in.i4()));
      case 'G' -> stack.add(in.f8());
      case 'X', 'T' -> push(in.text(Integer.toUnsignedLong(in.i4())));
      case 0x8c, 'U' -> push(in.text(in.u1()));
      case 0x8d -> push(in.text(in.i8()));
      case 'B' -> opaque(Integer.toUnsignedLong(in.i4()));
      case 'C' -> opaque(in.u1());
      case 0x8e, 0x96 -> opaque(in.i8());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void opaque(long length) {
    in.skip(length);
    stack.add(Opaque.VALUE);
  }

  private boolean container(int opcode) {
    switch (opcode) {
      case '(' -> marks.add(stack.size());
      case ')' -> push(new PyTuple(List.of()));
      case 0x85, 0x86, 0x87 -> push(new PyTuple(popTop(opcode - 0x84)));
      case 't' -> push(new PyTuple(popMarked()));
      case ']' -> push(new PyList());
      case '}' -> push(new PyDict());
      case 'a' -> append(popTop(1));
      case 'e' -> append(popMarked());
      case 's' -> put(popTop(2));
      case 'u' -> put(popMarked());
      case 0x8f -> stack.add(Opaque.VALUE); // a set; 0x90 fills it, 0x91 makes a frozen one
      case 0x90 -> {
        popMarked();
        top(Opaque.class, "adds to a set");
      }
      case 0x91 -> {
        popMarked();
        stack.add(Opaque.VALUE);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void append(List<Object> items) {
    top(PyList.class, "appends").addAll(items);
  }

  private void put(List<Object> keysAndValues) {
    top(PyDict.class, "sets items").putAll(keysAndValues);
  }

  private boolean memory(int opcode) {
    switch (opcode) {
      case 'q' -> keep(in.u1());
      case 'r' -> keep(in.i4());
      case 0x94 -> keep(memo.size());
      case 'h' -> recall(in.u1());
      case 'j' -> recall(in.i4());
      case '0' -> pop();
      case '1' -> popMarked();
      case '2' -> stack.add(top(Object.class, "doubles"));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void keep(int key) {
    spend(1);
    memo.put(key, top(Object.class, "keeps"));
  }

  private void recall(int key) {
    if (!memo.containsKey(key)) {
      throw PickleFault.damaged("its pickle recalls what it never kept");
    }
    stack.add(memo.get(key));
  }

  private boolean call(int opcode) {
    switch (opcode) {
      case 0x80 -> version(in.u1());
      case 0x95 -> in.count(in.i8()); // a frame: its end is that of an instruction
      case 'c' -> stack.add(names.find(in.line(), in.line()));
      case 0x93 -> {
        String name = popText();
        stack.add(names.find(popText(), name));
      }
      case 'R', 0x81 -> {
        spend(STEPS_OF_CALL);
        if (!(pop() instanceof PyTuple arguments)) {
          throw PickleFault.damaged("its pickle calls a function without arguments");
        }
        stack.add(names.call(pop(), arguments));
      }
      case 'Q' -> stack.add(names.stored(pop()));
      case 'b' -> {
        pop(); // attributes such as a state dict's _metadata: no weights
        top(PyDict.class, "sets attributes");
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void version(int protocol) {
    if (protocol < 2 || protocol > 5) {
      throw PickleFault.unsupported("it is a pickle of protocol " + protocol + ", not 2 to 5");
    }
  }

  /** Puts what takes more than a number's memory on the stack. */
  private void push(Object value) {
    spend(STEPS_OF_OBJECT);
    stack.add(value);
  }

  /** The index above which values may be taken. */
  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private Object pop() {
    need(1);
    return stack.remove(stack.size() - 1);
  }

  private String popText() {
    if (pop() instanceof String text) {
      return text;
    }
    throw PickleFault.damaged("its pickle has something else where a name is");
  }

  private <T> T top(Class<T> type, String what) {
    Object value = stack.size() > floor() ? stack.get(stack.size() - 1) : Opaque.VALUE;
    if (stack.size() == floor()
        || !(value == null ? type == Object.class : type.isInstance(value))) {
      throw PickleFault.damaged("its pickle " + what + " where that cannot be");
    }
    return type.cast(value);
  }

  private void need(int count) {
    if (stack.size() - count < floor()) {
      throw PickleFault.damaged("its pickle takes more values than it has");
    }
  }

  private List<Object> popTop(int count) {
    need(count);
    return cut(stack.size() - count);
  }

  private List<Object> popMarked() {
    if (marks.isEmpty()) {
      throw PickleFault.damaged("its pickle closes what it never opened");
    }
    return cut(marks.remove(marks.size() - 1));
  }

  private List<Object> cut(int from) {
    List<Object> end = stack.subList(from, stack.size());
    List<Object> values = new ArrayList<>(end);
    end.clear();
    return values;
  }
}
