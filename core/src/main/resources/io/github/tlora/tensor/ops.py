class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # ---- linear layers and the adapters' branches -------------------------------------------------

  def linear(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.eq(w.dtype, x.dtype):
      y = torch.linear(x, w, b)
    else:
      y = torch.add(torch.to(torch.linear(torch.to(x, w.dtype), w), x.dtype), b)
    return y

  def linear_without_bias(self: __torch__.Ops, x: Tensor, w: Tensor) -> Tensor:
    if torch.eq(w.dtype, x.dtype):
      y = torch.linear(x, w)
    else:
      y = torch.to(torch.linear(torch.to(x, w.dtype), w), x.dtype)
    return y

  def linear_in(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, dtype: int) -> Tensor:
    return torch.linear(torch.to(x, dtype), torch.to(w, dtype), torch.to(b, dtype))

  def linear_in_without_bias(self: __torch__.Ops, x: Tensor, w: Tensor, dtype: int) -> Tensor:
    return torch.linear(torch.to(x, dtype), torch.to(w, dtype))

  def lora(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tensor:
    narrow = torch.reshape(torch.linear(x, a), [-1, torch.size(a, 0)])
    flat = torch.reshape(y, [-1, torch.size(y, -1)])
    up = torch.contiguous(torch.t(b))
    return torch.view(torch.addmm(flat, narrow, up, beta=1, alpha=scaling), torch.size(y))

  def lora_weight(self: __torch__.Ops, w: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tensor:
    return torch.add(w, torch.matmul(b, a), alpha=scaling)

  def tlora(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, c: Tensor, alpha: Tensor) -> Tensor:
    down = torch.contiguous(torch.t(a))
    narrow = torch.mul(torch.matmul(torch.linear(x, down), b), alpha)
    flat = torch.reshape(y, [-1, torch.size(y, -1)])
    return torch.view(torch.addmm(flat, torch.reshape(narrow, [-1, torch.size(c, 0)]), c), torch.size(y))

  def tlora_update(self: __torch__.Ops, x: Tensor, a: Tensor, b: Tensor, c: Tensor, alpha: Tensor) -> Tensor:
    down = torch.contiguous(torch.t(a))
    return torch.matmul(torch.mul(torch.matmul(torch.linear(x, down), b), alpha), c)

  def tlora_up(self: __torch__.Ops, b: Tensor, c: Tensor, alpha: Tensor) -> Tensor:
    return torch.t(torch.mul(torch.matmul(b, c), alpha))

  def scaled(self: __torch__.Ops, x: Tensor, factor: float) -> Tensor:
    return torch.mul(x, factor)

  def lora_xs(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, m: Tensor, b: Tensor, scaling: float) -> Tensor:
    return torch.add(y, torch.linear(torch.linear(torch.linear(x, a), m), b), alpha=scaling)

  def vera(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, d: Tensor, e: Tensor) -> Tensor:
    a0 = torch.slice(a, 1, 0, torch.size(x, -1))
    b0 = torch.slice(b, 0, 0, torch.size(y, -1))
    narrow = torch.mul(torch.linear(x, a0), d)
    return torch.add(y, torch.mul(torch.linear(narrow, b0), e))

  def vera_up(self: __torch__.Ops, b: Tensor, d: Tensor, e: Tensor) -> Tensor:
    b0 = torch.slice(b, 0, 0, torch.size(e, 0))
    return torch.mul(torch.mul(b0, d), torch.unsqueeze(e, 1))

  def first_columns(self: __torch__.Ops, a: Tensor, columns: int) -> Tensor:
    return torch.contiguous(torch.slice(a, 1, 0, columns))

  def dora_norms(self: __torch__.Ops, w: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tensor:
    return torch.linalg_vector_norm(torch.add(torch.to(w, 6), torch.matmul(b, a), alpha=scaling), 2, [1], True)

  def row_norms(self: __torch__.Ops, w: Tensor) -> Tensor:
    return torch.linalg_vector_norm(torch.to(w, 6), 2, [1])

  def dora(self: __torch__.Ops, x: Tensor, dropped: bool, y: Tensor, w: Tensor, bias: Tensor, has_bias: bool, a: Tensor, b: Tensor, m: Tensor, scaling: float) -> Tensor:
    w0 = torch.to(w, 6)
    sum = torch.detach(torch.add(w0, torch.matmul(b, a), alpha=scaling))
    scale = torch.div(m, torch.linalg_vector_norm(sum, 2, [1]))
    if dropped:
      plain = torch.linear(x, w0)
    elif has_bias:
      plain = torch.sub(y, bias)
    else:
      plain = y
    update = torch.mul(torch.mul(scale, torch.linear(torch.linear(x, a), b)), scaling)
    return torch.add(torch.add(y, torch.mul(torch.sub(scale, 1), plain)), update)

  def top_singular(self: __torch__.Ops, w: Tensor, rank: int) -> Tuple[Tensor, Tensor]:
    u, s, v = torch.linalg_svd(torch.to(w, 6), False)
    up = torch.slice(u, 1, 0, rank)
    at = torch.unsqueeze(torch.argmax(torch.abs(up), 0), 0)
    signs = torch.sign(torch.gather(up, 0, at))
    down = torch.mul(torch.slice(v, 0, 0, rank), torch.unsqueeze(torch.slice(s, 0, 0, rank), 1))
    return (torch.contiguous(torch.mul(down, torch.t(signs))), torch.contiguous(torch.mul(up, signs)))

  def insert_after_first(self: __torch__.Ops, x: Tensor, vectors: Tensor) -> Tensor:
    rows = torch.expand(torch.unsqueeze(vectors, 0), [torch.size(x, 0), -1, -1])
    return torch.cat([torch.slice(x, 1, 0, 1), rows, torch.slice(x, 1, 1)], 1)

  def replace_after_first(self: __torch__.Ops, x: Tensor, vectors: Tensor) -> Tensor:
    rows = torch.expand(torch.unsqueeze(vectors, 0), [torch.size(x, 0), -1, -1])
    rest = torch.slice(x, 1, torch.add(1, torch.size(vectors, 0)))
    return torch.cat([torch.slice(x, 1, 0, 1), rows, rest], 1)

  def remove_after_first(self: __torch__.Ops, x: Tensor, length: int) -> Tensor:
    return torch.cat([torch.slice(x, 1, 0, 1), torch.slice(x, 1, torch.add(1, length))], 1)

  def extend_mask(self: __torch__.Ops, mask: Tensor, length: int) -> Tensor:
    ones = torch.ones([torch.size(mask, 0), length], dtype=4, device=mask.device)
    return torch.cat([torch.slice(mask, 1, 0, 1), ones, torch.slice(mask, 1, 1)], 1)

  def has_gradient(self: __torch__.Ops, x: Tensor) -> int:
    return int(x.requires_grad)

  def copy_into(self: __torch__.Ops, target: Tensor, values: Tensor) -> int:
    _0 = torch.copy_(target, values)
    return 0

  # ---- batches on their way to a GPU -----------------------------------------------------------

  def pinned_to(self: __torch__.Ops, x: Tensor, device: str) -> Tensor:
    return torch.to(torch.pin_memory(x), torch.device(device), x.dtype, True)

  def parts(self: __torch__.Ops, flat: Tensor, rows: int) -> Tuple[Tensor, Tensor, Tensor]:
    x = torch.view(flat, [3, rows, -1])
    return (torch.select(x, 0, 0), torch.select(x, 0, 1), torch.select(x, 0, 2))

  # ---- weights kept in half precision: dtypes 5 F16, 6 F32, 15 BF16 ------------------------------

  def cast(self: __torch__.Ops, w: Tensor, dtype: int) -> Tensor:
    return torch.to(w, dtype, False, True)

  def as_type(self: __torch__.Ops, x: Tensor, dtype: int) -> Tensor:
    return torch.to(x, dtype)

  def empty(self: __torch__.Ops, size: int, like: Tensor, dtype: int) -> Tensor:
    return torch.empty([size], dtype=dtype, device=like.device)

  def normal(self: __torch__.Ops, size: int, like: Tensor, deviation: float, dtype: int) -> Tensor:
    values = torch.randn([size], dtype=6, device=like.device)
    return torch.to(torch.mul_(values, deviation), dtype)

  def put(self: __torch__.Ops, flat: Tensor, first: int, block: Tensor) -> int:
    _0 = torch.copy_(torch.slice(flat, 0, first, torch.add(first, torch.size(block, 0))), block)
    return 0

  # ---- encoder ----------------------------------------------------------------------------------

  def embedding(self: __torch__.Ops, w: Tensor, ids: Tensor) -> Tensor:
    return torch.to(torch.embedding(w, ids), 6)

  def rows(self: __torch__.Ops, table: Tensor, first: int, count: int) -> Tensor:
    return torch.to(torch.slice(table, 0, first, torch.add(first, count)), 6)

  def first_positions(self: __torch__.Ops, x: Tensor, count: int) -> Tensor:
    return torch.contiguous(torch.slice(x, 1, 0, count))

  def middle_rows(self: __torch__.Ops, table: Tensor, first: int, count: int) -> Tensor:
    return torch.slice(table, 0, first, torch.add(first, count))

  def stack_rows(self: __torch__.Ops, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts, 0)

  def positions(self: __torch__.Ops, ids: Tensor) -> Tensor:
    return torch.unsqueeze(torch.arange(torch.size(ids, 1), dtype=4, device=ids.device), 0)

  def positions_after_padding(self: __torch__.Ops, ids: Tensor, padding: int) -> Tensor:
    real = torch.to(torch.ne(ids, padding), 4)
    return torch.add(torch.mul(torch.cumsum(real, 1), real), padding)

  def layer_norm(self: __torch__.Ops, x: Tensor, g: Tensor, b: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], g, b, eps)

  def dropout(self: __torch__.Ops, x: Tensor, p: float) -> Tensor:
    return torch.dropout(x, p, True)

  def mul(self: __torch__.Ops, x: Tensor, factors: Tensor) -> Tensor:
    return torch.mul(x, factors)

  def add_product(self: __torch__.Ops, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.addcmul(x, a, b)

  def gelu(self: __torch__.Ops, x: Tensor, approximate: str) -> Tensor:
    return torch.gelu(x, approximate=approximate)

  def relu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.relu(x)

  def silu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.silu(x)

  def additive_mask(self: __torch__.Ops, mask: Tensor, dtype: int, lowest: float) -> Tensor:
    m = torch.unsqueeze(torch.unsqueeze(mask, 1), 2)
    more = torch.remainder(torch.neg(torch.size(mask, 1)), 16)
    additive = torch.to(torch.mul(torch.rsub(torch.to(m, 6), 1.), lowest), dtype)
    return torch.constant_pad_nd(additive, [0, more], lowest)

  def attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, heads: int, p: float) -> Tensor:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    t = torch.size(k, 1)
    w = torch.size(q, 2)
    d = torch.floordiv(w, heads)
    more = torch.sub(torch.size(mask, 3), t)
    k1 = torch.constant_pad_nd(torch.to(k, mask.dtype), [0, 0, 0, more])
    v1 = torch.constant_pad_nd(torch.to(v, mask.dtype), [0, 0, 0, more])
    q0 = torch.transpose(torch.view(torch.to(q, mask.dtype), [n, s, heads, d]), 1, 2)
    k0 = torch.transpose(torch.view(k1, [n, -1, heads, d]), 1, 2)
    v0 = torch.transpose(torch.view(v1, [n, -1, heads, d]), 1, 2)
    context = torch.scaled_dot_product_attention(q0, k0, v0, torch.expand(mask, [n, 1, s, -1]), p)
    return torch.reshape(torch.transpose(context, 1, 2), [n, s, w])

  def attention_with_drop(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, heads: int, drop: Tensor) -> Tensor:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    t = torch.size(k, 1)
    w = torch.size(q, 2)
    d = torch.floordiv(w, heads)
    b = torch.mul(n, heads)
    full = torch.size(mask, 3)
    more = torch.sub(full, t)
    q0 = torch.reshape(torch.transpose(torch.view(torch.to(q, mask.dtype), [n, s, heads, d]), 1, 2), [b, s, d])
    k0 = torch.constant_pad_nd(torch.transpose(torch.view(torch.to(k, mask.dtype), [n, t, heads, d]), 1, 2), [0, 0, 0, more])
    v0 = torch.constant_pad_nd(torch.transpose(torch.view(torch.to(v, mask.dtype), [n, t, heads, d]), 1, 2), [0, 0, 0, more])
    k1 = torch.reshape(k0, [b, full, d])
    v1 = torch.reshape(v0, [b, full, d])
    by_head = torch.reshape(torch.expand(mask, [n, heads, 1, full]), [b, 1, full])
    scale = torch.div(1., torch.sqrt(float(d)))
    scores = torch.baddbmm(torch.expand(by_head, [b, s, full]), q0, torch.transpose(k1, 1, 2), beta=1, alpha=scale)
    probs = torch.mul(torch.softmax(scores, -1, 6), drop)
    context = torch.bmm(torch.to(probs, mask.dtype), v1)
    return torch.reshape(torch.transpose(torch.view(context, [n, heads, s, d]), 1, 2), [n, s, w])

  # ---- DeBERTa: disentangled attention -----------------------------------------------------------

  def relative_distances(self: __torch__.Ops, like: Tensor, size: int, buckets: int, longest: int) -> Tensor:
    rel = torch.arange(torch.sub(1, size), size, dtype=4, device=like.device)
    if torch.__and__(torch.gt(buckets, 0), torch.gt(longest, 0)):
      mid = torch.floordiv(buckets, 2)
      near = torch.__and__(torch.lt(rel, mid), torch.gt(rel, torch.neg(mid)))
      distance = torch.where(near, torch.full_like(rel, torch.sub(mid, 1)), torch.abs(rel))
      far = torch.div(torch.log(torch.div(torch.to(distance, 6), mid)), torch.log(torch.full([], torch.div(float(torch.sub(longest, 1)), float(mid)), dtype=6, device=like.device)))
      steps = torch.add(torch.ceil(torch.mul(far, torch.sub(mid, 1))), mid)
      rel0 = torch.where(torch.le(distance, mid), rel, torch.to(torch.mul(steps, torch.sign(torch.to(rel, 6))), 4))
    else:
      rel0 = rel
    return rel0

  def rows_by_distance(self: __torch__.Ops, table: Tensor, distances: Tensor, middle: int) -> Tensor:
    last = torch.sub(torch.size(table, 0), 1)
    return torch.index_select(table, 0, torch.clamp(torch.add(distances, middle), 0, last))

  def disentangled_attention(self: __torch__.Ops, q: Tensor, short_k: Tensor, short_v: Tensor, pos_k: Tensor, pos_q: Tensor, c2p: bool, p2c: bool, mask: Tensor, heads: int, drop: Tensor, has_drop: bool, p: float) -> Tensor:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    t = torch.size(mask, 3)
    w = torch.size(q, 2)
    d = torch.floordiv(w, heads)
    b = torch.mul(heads, n)
    more = torch.sub(t, torch.size(short_k, 1))
    k = torch.constant_pad_nd(torch.to(short_k, mask.dtype), [0, 0, 0, more])
    v = torch.constant_pad_nd(torch.to(short_v, mask.dtype), [0, 0, 0, more])
    factor = torch.add(torch.add(1, int(c2p)), int(p2c))
    scale = torch.sqrt(float(torch.mul(d, factor)))
    q0 = torch.reshape(torch.permute(torch.view(torch.to(torch.div(q, scale), mask.dtype), [n, s, heads, d]), [2, 0, 1, 3]), [b, s, d])
    k0 = torch.reshape(torch.permute(torch.view(k, [n, t, heads, d]), [2, 0, 1, 3]), [b, t, d])
    v0 = torch.reshape(torch.permute(torch.view(v, [n, t, heads, d]), [2, 0, 1, 3]), [b, t, d])
    by_head = torch.reshape(torch.expand(torch.view(mask, [1, n, 1, t]), [heads, n, 1, t]), [b, 1, t])
    scores = torch.baddbmm(torch.expand(by_head, [b, s, t]), q0, torch.transpose(k0, 1, 2))
    last = torch.sub(t, 1)
    wide = torch.add(t, last)
    # The product with the distance i-j stands in row i at column t-1+i-j, in the flipped table at
    # t-1-i+j: a view whose rows start one column further left each has it at (i, j).
    if c2p:
      keys = torch.transpose(torch.view(torch.flip(torch.to(pos_k, mask.dtype), [0]), [wide, heads, d]), 0, 1)
      by_key = torch.bmm(torch.view(q0, [heads, torch.mul(n, s), d]), torch.transpose(keys, 1, 2))
      to_keys = torch.as_strided(by_key, [b, s, t], [torch.mul(s, wide), torch.sub(wide, 1), 1], last)
      scores0 = torch.add_(scores, to_keys)
    else:
      scores0 = scores
    if p2c:
      queries = torch.transpose(torch.view(torch.to(torch.div(pos_q, scale), mask.dtype), [wide, heads, d]), 0, 1)
      by_query = torch.bmm(torch.view(k0, [heads, torch.mul(n, t), d]), torch.transpose(queries, 1, 2))
      to_queries = torch.as_strided(by_query, [b, s, t], [torch.mul(t, wide), 1, torch.sub(wide, 1)], last)
      scores1 = torch.add_(scores0, to_queries)
    else:
      scores1 = scores0
    probs = torch.softmax(scores1, -1, 6)
    if has_drop:
      probs0 = torch.mul(probs, drop)
    elif torch.gt(p, 0.):
      probs0 = torch.dropout(probs, p, True)
    else:
      probs0 = probs
    context = torch.view(torch.bmm(torch.to(probs0, mask.dtype), v0), [heads, n, s, d])
    return torch.reshape(torch.permute(context, [1, 2, 0, 3]), [n, s, w])

  def split_heads_qkv(self: __torch__.Ops, qkv: Tensor, heads: int, q_bias: Tensor, v_bias: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    n = torch.size(qkv, 0)
    s = torch.size(qkv, 1)
    w = torch.floordiv(torch.size(qkv, 2), 3)
    d = torch.floordiv(w, heads)
    parts = torch.view(qkv, [n, s, heads, 3, d])
    q = torch.add(torch.reshape(torch.select(parts, 3, 0), [n, s, w]), q_bias)
    k = torch.reshape(torch.select(parts, 3, 1), [n, s, w])
    v = torch.add(torch.reshape(torch.select(parts, 3, 2), [n, s, w]), v_bias)
    return (q, k, v)

  def convolution(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, padding: int, groups: int) -> Tensor:
    return torch.contiguous(torch.transpose(torch.conv1d(torch.transpose(x, 1, 2), torch.to(w, x.dtype), b, [1], [padding], [1], groups), 1, 2))

  def masked(self: __torch__.Ops, x: Tensor, mask: Tensor) -> Tensor:
    return torch.mul(x, torch.to(torch.unsqueeze(mask, -1), 6))

  # ---- head and loss ----------------------------------------------------------------------------

  def first_token(self: __torch__.Ops, h: Tensor) -> Tensor:
    return torch.select(h, 1, 0)

  def mean_pool(self: __torch__.Ops, h: Tensor, mask: Tensor) -> Tensor:
    m = torch.to(torch.unsqueeze(mask, -1), 6)
    return torch.div(torch.sum(torch.mul(h, m), [1]), torch.clamp(torch.sum(m, [1]), 1e-09))

  def tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.tanh(x)

  def cross_entropy(self: __torch__.Ops, logits: Tensor, labels: Tensor, weights: Tensor, weighted: bool, smoothing: float, scale: float) -> Tensor:
    if weighted:
      loss = torch.cross_entropy_loss(logits, labels, weights, 1, -100, smoothing)
    else:
      loss = torch.cross_entropy_loss(logits, labels, None, 1, -100, smoothing)
    return torch.mul(loss, scale)

  def mean_squared_error(self: __torch__.Ops, logits: Tensor, labels: Tensor, scale: float) -> Tensor:
    return torch.mul(torch.mse_loss(torch.squeeze(logits, -1), labels), scale)

  # ---- optimizer --------------------------------------------------------------------------------

  def clip_gradients(self: __torch__.Ops, params: List[Tensor], most: float) -> Tensor:
    total = torch.zeros([], dtype=7, device=params[0].device)
    for i in range(torch.len(params)):
      g = params[i].grad
      if torch.__isnot__(g, None):
        g0 = unchecked_cast(Tensor, g)
        total = torch.add(total, torch.sum(torch.mul(torch.to(g0, 7), torch.to(g0, 7))))
      else:
        pass
    norm = torch.sqrt(total)
    scale = torch.clamp(torch.div(torch.full_like(norm, most), torch.add(norm, 1e-06)), max=1.)
    for i in range(torch.len(params)):
      g = params[i].grad
      if torch.__isnot__(g, None):
        _0 = torch.mul_(unchecked_cast(Tensor, g), scale)
      else:
        pass
    return norm

  def add_gradients(self: __torch__.Ops, params: List[Tensor], others: List[Tensor]) -> int:
    for i in range(torch.len(params)):
      g = others[i].grad
      if torch.__isnot__(g, None):
        g0 = unchecked_cast(Tensor, g)
        sum = params[i].grad
        if torch.__isnot__(sum, None):
          sum0 = unchecked_cast(Tensor, sum)
          _0 = torch.add_(sum0, g0)
          _1 = torch.zero_(g0)
        else:
          ops.prim.RaiseException("a gradient without a partner")
      else:
        pass
    return torch.len(params)

  def adamw(self: __torch__.Ops, params: List[Tensor], avgs: List[Tensor], squares: List[Tensor], rates: List[float], decays: List[float], beta1: float, beta2: float, eps: float, step: int) -> int:
    correction1 = torch.sub(1., torch.pow(beta1, step))
    correction2 = torch.pow(torch.sub(1., torch.pow(beta2, step)), 0.5)
    stepped = 0
    for i in range(torch.len(params)):
      w = params[i]
      g = w.grad
      if torch.__isnot__(g, None):
        g0 = unchecked_cast(Tensor, g)
        _0 = torch.mul_(w, torch.sub(1., torch.mul(rates[i], decays[i])))
        avg = torch.lerp_(avgs[i], g0, torch.sub(1., beta1))
        square = torch.addcmul_(torch.mul_(squares[i], beta2), g0, g0, value=torch.sub(1., beta2))
        denominator = torch.add_(torch.div(torch.sqrt(square), correction2), eps)
        _1 = torch.addcdiv_(w, avg, denominator, value=torch.neg(torch.div(rates[i], correction1)))
        _2 = torch.zero_(g0)
        stepped = torch.add(stepped, 1)
      else:
        pass
    return stepped

  # ---- comparison -------------------------------------------------------------------------------

  def max_abs_difference(self: __torch__.Ops, a: Tensor, b: Tensor) -> float:
    return float(torch.max(torch.abs(torch.sub(a, b))))
