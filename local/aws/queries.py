"""Queries whose time does not grow with the partition.

MiniStack sorts the whole partition for each query, and parses the key condition again for each of its items: at
50,000 rows that is more than a second for a page of ten. Here the items of a partition, of a table or of an index,
are kept in order from the first query on; a query bisects to where its page begins, and MiniStack's own code then
sees a table in which the partition has the items of the page only. Whatever is unusual goes MiniStack's way.
"""

from __future__ import annotations

import bisect
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import dynamodb

Record = dict[str, Any]
Order = tuple[Any, ...]
"""What an item is sorted by: the index's sort key, if it has one, then the table's own keys."""

Entry = tuple[Order, str, str]
"""An item's place: its order, and its partition and sort key in the table."""

SORTED = "\0sorted"
"""Where a table's sorted partitions lie: beside MiniStack's members of indexes, which it drops and never saves."""

PAGE_BYTES = 1_048_576
"""A page ends at 1 MB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""

_lock = threading.RLock()


def apply() -> None:
    """Applies the changes of this module."""
    follow_writes()
    query_page_only()


class Sort:
    """How the items of a table, or of one of its indexes, lie in partitions and are sorted."""

    def __init__(self, table: Record, index: str | None) -> None:
        definition = dynamodb._index_def(table, index) if index else None
        own = ([table["pk_name"]], [table["sk_name"]] if table.get("sk_name") else [])
        self.index = index
        self.hashes: list[str]
        self.ranges: list[str]
        self.hashes, self.ranges = dynamodb._index_key_lists(definition) if definition else own
        self._keys = dynamodb._index_order_keys(table, self.ranges)

    def partition(self, item: Record) -> Any:
        """The partition of an item, or nothing when the index has it not."""
        return dynamodb._index_partition(item, self.hashes, self.ranges)

    def order(self, item: Record) -> Order:
        """What the item, or the key of one, is sorted by."""
        return tuple(dynamodb._index_order_value(item, name, kind) for name, kind in self._keys)


def follow_writes() -> None:
    """Keeps the sorted partitions up to date. All writes of MiniStack go through two functions."""
    set_item, remove_item = dynamodb._set_item, dynamodb._remove_item

    def set_and_follow(table: Record, pk: str, sk: str, item: Record) -> Any:
        with _lock:
            old = set_item(table, pk, sk, item)
            follow(table, pk, sk, old, item)
            return old

    def remove_and_follow(table: Record, pk: str, sk: str) -> Any:
        with _lock:
            old = remove_item(table, pk, sk)
            follow(table, pk, sk, old, None)
            return old

    dynamodb._set_item, dynamodb._remove_item = set_and_follow, remove_and_follow


def follow(table: Record, pk: str, sk: str, old: Record | None, new: Record | None) -> None:
    """Moves an item in the partitions that are kept sorted."""
    kept: dict[tuple[str | None, Any], list[Entry]] = (table.get(dynamodb._INDEX_MEMBERS) or {}).get(SORTED, {})
    for index in {index for index, _ in kept}:
        sort = Sort(table, index)
        before, after = _place(sort, old), _place(sort, new)
        if before == after:
            continue
        if before and (index, before[0]) in kept:
            _take(kept, (index, before[0]), (before[1], pk, sk))
        if after and (index, after[0]) in kept:
            bisect.insort(kept[index, after[0]], (after[1], pk, sk))


def _place(sort: Sort, item: Record | None) -> tuple[Any, Order] | None:
    partition = sort.partition(item) if item is not None else None
    return None if partition is None or item is None else (partition, sort.order(item))


def _take(kept: dict[tuple[str | None, Any], list[Entry]], key: tuple[str | None, Any], entry: Entry) -> None:
    place = bisect.bisect_left(kept[key], entry)
    if place < len(kept[key]) and kept[key][place] == entry:
        del kept[key][place]
    else:
        del kept[key]  # it will be sorted anew


def sorted_partition(table: Record, sort: Sort, partition: Any) -> list[Entry]:
    """The items of a partition in order."""
    with _lock:
        members = dynamodb._index_members(table)
        kept: dict[tuple[str | None, Any], list[Entry]] = members.setdefault(SORTED, {})
        if (sort.index, partition) not in kept:
            rows = table["items"]
            keys = (
                members[sort.index].get(partition, ())
                if sort.index
                else ((partition, sk) for sk in rows.get(partition, ()))
            )
            kept[sort.index, partition] = sorted((sort.order(rows[pk][sk]), pk, sk) for pk, sk in keys)
        return kept[sort.index, partition]


def query_page_only() -> None:
    """Lets MiniStack answer each query from the items of its page."""
    query = dynamodb._query

    def query_page(data: Record) -> Any:
        table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
        page = page_of(table, data) if table else None
        return query(data) if page is None else _query_in(query, data, table, *page)

    dynamodb._query = query_page


def _query_in(
    query: types.FunctionType, data: Record, table: Record, sort: Sort, partition: Any, page: list[Entry]
) -> Any:
    """MiniStack's query with names of its module exchanged: the table, and what the page has behind it already."""
    names = dict(vars(dynamodb))
    start, evaluate = data.get("ExclusiveStartKey"), dynamodb._evaluate_condition

    def holds(expression: str, item: Record, *rest: Any, slot: str = "ConditionExpression") -> Any:
        known = slot == "KeyConditionExpression" and item is not start
        return True if known else evaluate(expression, item, *rest, slot=slot)

    names.update(
        _tables=types.SimpleNamespace(get=lambda _name: _with_page(table, sort, partition, page)),
        _evaluate_condition=holds,
        _apply_exclusive_start_key=lambda items, *_args, **_kwargs: items,
    )
    return types.FunctionType(query.__code__, names, query.__name__, query.__defaults__)(data)


def _with_page(table: Record, sort: Sort, partition: Any, page: list[Entry]) -> Record:
    if sort.index:
        return {**table, dynamodb._INDEX_MEMBERS: {sort.index: {partition: {(pk, sk): None for _, pk, sk in page}}}}
    return {**table, "items": {partition: {sk: table["items"][pk][sk] for _, pk, sk in page}}}


def page_of(table: Record, data: Record) -> tuple[Sort, Any, list[Entry]] | None:
    """The items that the query reads; nothing for another form than the usual, which MiniStack answers, or refuses."""
    if not data.get("KeyConditionExpression") or data.get("KeyConditions"):
        return None
    try:
        sort = Sort(table, data.get("IndexName"))
        conditions = key_conditions(data, sort)
        if conditions is None:
            return None
        partition, condition = conditions
        entries = sorted_partition(table, sort, partition)
        low, high = _from_start_key(entries, sort, data, *condition(entries))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None
    places = range(low, high) if data.get("ScanIndexForward", True) else range(high - 1, low - 1, -1)
    return sort, partition, list(_page(table, entries, places, int(data["Limit"]) if "Limit" in data else None))


def _page(table: Record, entries: list[Entry], places: range, limit: int | None) -> Iterator[Entry]:
    """The first items of the places: as many as the limit, or as more than fill a page."""
    total = 0
    for place in places[:limit] if limit is None or limit > 0 else ():
        yield entries[place]
        _, pk, sk = entries[place]
        total += 0 if limit is not None else dynamodb._item_size_bytes(table["items"][pk][sk])
        if total > PAGE_BYTES * 4:  # an index may show a part of each item only
            return


def _from_start_key(entries: list[Entry], sort: Sort, data: Record, low: int, high: int) -> tuple[int, int]:
    start = data.get("ExclusiveStartKey")
    if not start:
        return low, high
    if data.get("ScanIndexForward", True):
        return max(low, bisect.bisect_right(entries, sort.order(start), key=_order)), high
    return low, min(high, bisect.bisect_left(entries, sort.order(start), key=_order))


Span = Callable[[list[Entry]], tuple[int, int]]
"""Finds from where to where a condition on the sort key holds."""


def key_conditions(data: Record, sort: Sort) -> tuple[Any, Span] | None:
    """The partition that a query names, and its condition on the sort key; nothing when it has another form."""
    names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
    if len(sort.hashes) != 1 or len(sort.ranges) > 1:
        return None
    found: dict[str, Any] = {}
    for clause in dynamodb._key_condition_clauses(dynamodb._tokenize(data["KeyConditionExpression"])):
        kinds, words = [kind for kind, _ in clause], [text for _, text in clause]
        begins = len(clause) == 6 and words[0].lower() == "begins_with"
        between = len(clause) == 5 and words[1].upper() == "BETWEEN"
        if not (begins or between or (len(clause) == 3 and kinds[1] in SPANS)):
            return None
        name = names.get(words[2] if begins else words[0], words[2] if begins else words[0])
        operands = [values[text] for kind, text in clause if kind == "VALUE_REF"]
        found[name] = ("BEGINS" if begins else "BETWEEN" if between else kinds[1], operands)
    partition = found.pop(sort.hashes[0], ("", []))
    if partition[0] != "EQ" or set(found) - set(sort.ranges):
        return None
    kind, operands = next(iter(found.values()), ("ALL", []))
    bounds = [_value(operand) for operand in operands]
    return dynamodb._extract_key_val(partition[1][0]), lambda entries: SPANS[kind](entries, *bounds)


def _value(operand: Record) -> Any:
    return dynamodb._sort_key_value(operand, next(iter(operand)))


def _order(entry: Entry) -> Order:
    return entry[0]


def _first(entry: Entry) -> Any:
    return entry[0][0]


def _left(entries: list[Entry], bound: Any) -> int:
    return bisect.bisect_left(entries, bound, key=_first)


def _right(entries: list[Entry], bound: Any) -> int:
    return bisect.bisect_right(entries, bound, key=_first)


def _begins(entries: list[Entry], start: Any) -> tuple[int, int]:
    low = _left(entries, start)
    return low, bisect.bisect_left(entries, True, lo=low, key=lambda entry: not _first(entry).startswith(start))


SPANS: dict[str, Callable[..., tuple[int, int]]] = {
    "ALL": lambda entries: (0, len(entries)),
    "EQ": lambda entries, bound: (_left(entries, bound), _right(entries, bound)),
    "LT": lambda entries, bound: (0, _left(entries, bound)),
    "LE": lambda entries, bound: (0, _right(entries, bound)),
    "GT": lambda entries, bound: (_right(entries, bound), len(entries)),
    "GE": lambda entries, bound: (_left(entries, bound), len(entries)),
    "BETWEEN": lambda entries, low, high: (_left(entries, low), _right(entries, high)),
    "BEGINS": _begins,
}
