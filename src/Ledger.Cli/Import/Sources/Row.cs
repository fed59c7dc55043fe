namespace Ledger.Cli.Import.Sources;

/// <summary>One row of a source: a line, a CSV record or an event of a log.</summary>
internal abstract class Row(long number, long line)
{
    /// <summary>From 1, in the order of the file; the same in every reading of the same file.</summary>
    public long Number { get; } = number;

    /// <summary>Line of the file at which the row begins, from 1.</summary>
    public long Line { get; } = line;

    /// <summary>Why the row cannot be read, if it cannot.</summary>
    public Problem? Fault { get; init; }

    public abstract bool TryGet(string name, out object? value);
}

/// <summary>What is wrong with a row: a code of the closed set <see cref="ProblemCode"/>, the field, and the words.</summary>
internal sealed record Problem(string Code, string Field, string Message);

internal static class ProblemCode
{
    public const string RowMalformed = "row_malformed";
    public const string LineTooLong = "line_too_long";
    public const string ColumnsDiffer = "columns_differ";
    public const string FieldMissing = "field_missing";
    public const string NotANumber = "not_a_number";
    public const string NotATime = "not_a_time";
    public const string TimeDoesNotExist = "time_does_not_exist";
    public const string NotInLookup = "not_in_lookup";
    public const string NotAName = "not_a_name";
    public const string NotAList = "not_a_list";
    public const string NotAFlag = "not_a_flag";
    public const string TooMany = "too_many";
    public const string NoRule = "no_rule";
    public const string RankingUnreadable = "ranking_unreadable";
    public const string RankingIncomplete = "ranking_incomplete";
    public const string RankingRepeats = "ranking_repeats";
    public const string RankingStranger = "ranking_stranger";
}

/// <summary>A row whose fields are in a dictionary; <c>a.b</c> reaches into an object unless a field has that very name.</summary>
internal sealed class ObjectRow(long number, long line, IReadOnlyDictionary<string, object?> fields) : Row(number, line)
{
    public static readonly IReadOnlyDictionary<string, object?> Nothing = new Dictionary<string, object?>(StringComparer.Ordinal);

    public override bool TryGet(string name, out object? value) => Fields.TryGet(fields, name, out value);
}

/// <summary>A row of columns that share one header.</summary>
internal sealed class ColumnRow(long number, long line, IReadOnlyDictionary<string, int> header, string[] values) : Row(number, line)
{
    public override bool TryGet(string name, out object? value)
    {
        if (header.TryGetValue(name, out int index) && index < values.Length)
        {
            value = values[index];
            return true;
        }

        value = null;
        return false;
    }
}

internal static class Fields
{
    public static bool TryGet(IReadOnlyDictionary<string, object?> fields, string name, out object? value)
    {
        if (fields.TryGetValue(name, out value))
        {
            return true;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && fields.TryGetValue(name[..dot], out object? inner) && inner is IReadOnlyDictionary<string, object?> members)
        {
            return TryGet(members, name[(dot + 1)..], out value);
        }

        value = null;
        return false;
    }
}
