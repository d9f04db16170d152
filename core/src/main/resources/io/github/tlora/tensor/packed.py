class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # oneDNN lays a weight out for its products once; its operation has no gradient of its own.

  def pack(self: __torch__.Ops, w: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(torch.detach(w), 256)

  def pack_transposed(self: __torch__.Ops, w: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(torch.contiguous(torch.t(torch.detach(w))), 256)

  def unpack(self: __torch__.Ops, packed: Tensor) -> Tensor:
    return torch.to_dense(packed)

  def product(self: __torch__.Ops, x: Tensor, packed: Tensor, b: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(torch.detach(x), packed, b, "none", annotate(List[Optional[number]], []), "")

  def product_without_bias(self: __torch__.Ops, x: Tensor, packed: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(torch.detach(x), packed, None, "none", annotate(List[Optional[number]], []), "")
