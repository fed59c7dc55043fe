using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Import.Mapping;

/// <summary>What an expression is evaluated against: one row, its named values, and the element of an expansion.</summary>
internal sealed class Scope(Row row, IReadOnlyList<Expression> named)
{
    private readonly object?[] values = new object?[named.Count];
    private readonly bool[] known = new bool[named.Count];

    public Row Row { get; } = row;

    /// <summary>The element of an <c>each</c>, as its fields.</summary>
    public IReadOnlyDictionary<string, object?>? Element { get; set; }

    /// <summary>The first thing found wrong; nothing is recorded from a row that has one.</summary>
    public Problem? Problem { get; private set; }

    public object? Named(int slot)
    {
        if (!known[slot])
        {
            known[slot] = true;
            values[slot] = named[slot].Evaluate(this);
        }

        return values[slot];
    }

    /// <summary>Notes what is wrong; returns null so that an expression can end with it.</summary>
    public object? Fail(string code, string field, string message)
    {
        Problem ??= new Problem(code, field, message);
        return null;
    }
}
