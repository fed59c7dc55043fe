using System.Globalization;
using System.Text;
using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Import.Mapping;

/// <summary>
/// A value made from a row: text, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="DateTimeOffset"/>,
/// <see cref="TimeSpan"/>, a list, an object; or null, which is "absent" (and a problem noted in the scope unless it may be).
/// </summary>
internal abstract class Expression
{
    public abstract object? Evaluate(Scope scope);

    /// <summary>How a report names what this reads.</summary>
    public virtual string Source => "";

    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTimeOffset instant => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static bool IsAbsent(object? value) => value is null or "";
}

internal sealed class Constant(object? value) : Expression
{
    public object? Value { get; } = value;

    public override object? Evaluate(Scope scope) => Value;
}

/// <summary>A field of the row, a named value or the element of an expansion, by its path.</summary>
internal sealed class FieldValue(string path, int? slot, string? inner, bool ofElement, bool optional, Expression? otherwise) : Expression
{
    public override string Source => path;

    public override object? Evaluate(Scope scope)
    {
        object? value = Read(scope);
        if (!IsAbsent(value))
        {
            return value;
        }

        if (otherwise is not null)
        {
            return otherwise.Evaluate(scope);
        }

        return optional || scope.Problem is not null ? null : scope.Fail(ProblemCode.FieldMissing, path, ImportText.Say("FieldMissing", path));
    }

    public object? Read(Scope scope)
    {
        if (ofElement)
        {
            return scope.Element is not null && Fields.TryGet(scope.Element, inner ?? "value", out object? member) ? member : null;
        }

        if (slot is { } named)
        {
            object? value = scope.Named(named);
            return inner is null ? value : value is IReadOnlyDictionary<string, object?> members && Fields.TryGet(members, inner, out object? found) ? found : null;
        }

        return path switch
        {
            "@row" => scope.Row.Number,
            "@line" => scope.Row.Line,
            _ => scope.Row.TryGet(path, out object? value) ? value : null,
        };
    }
}

/// <summary>Text with <c>${field}</c> in it.</summary>
internal sealed class Template(IReadOnlyList<Expression> parts) : Expression
{
    public override string Source => parts.Select(part => part.Source).FirstOrDefault(source => source.Length > 0) ?? "";

    public override object? Evaluate(Scope scope)
    {
        StringBuilder text = new();
        foreach (Expression part in parts)
        {
            text.Append(Text(part.Evaluate(scope)));
        }

        return scope.Problem is null ? text.ToString() : null;
    }
}

internal sealed class Choice(Condition condition, Expression yes, Expression no) : Expression
{
    public override object? Evaluate(Scope scope) => (condition.Holds(scope) ? yes : no).Evaluate(scope);
}

internal sealed class ConditionValue(Condition condition) : Expression
{
    public override object? Evaluate(Scope scope) => condition.Holds(scope);
}

internal sealed class Lookup(string name, IReadOnlyDictionary<string, object?> table, Expression of, Expression? otherwise) : Expression
{
    public override string Source => of.Source;

    public override object? Evaluate(Scope scope)
    {
        object? key = of.Evaluate(scope);
        if (key is null)
        {
            return null;
        }

        return table.TryGetValue(Text(key), out object? value) ? value
            : otherwise is not null ? otherwise.Evaluate(scope)
            : scope.Fail(ProblemCode.NotInLookup, Source, ImportText.Say("NotInLookup", Text(key), name));
    }
}

internal sealed class NumberValue(Expression of, char decimalSign, char? groupSign, double scale) : Expression
{
    public override string Source => of.Source;

    public override object? Evaluate(Scope scope)
    {
        object? value = of.Evaluate(scope);
        double number;
        switch (value)
        {
            case null:
                return null;
            case long whole:
                number = whole;
                break;
            case double real:
                number = real;
                break;
            default:
                string text = Text(value).Trim();
                text = groupSign is { } group ? text.Replace(group.ToString(), "", StringComparison.Ordinal) : text;
                if (decimalSign != '.')
                {
                    // A point where a comma is the decimal sign is not a number of this source.
                    text = text.Replace('.', '?').Replace(decimalSign, '.');
                }

                if (!double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number))
                {
                    return scope.Fail(ProblemCode.NotANumber, Source, ImportText.Say("NotANumber", Text(value)));
                }

                break;
        }

        number *= scale;
        return double.IsFinite(number) ? number : scope.Fail(ProblemCode.NotANumber, Source, ImportText.Say("NotANumber", Text(value)));
    }
}

/// <summary>Letters, digits, <c>.</c>, <c>_</c> and <c>-</c> only: every run of anything else becomes one <c>-</c>; accents are taken off.</summary>
internal sealed class Slug(Expression of, bool lower) : Expression
{
    public override string Source => of.Source;

    public override object? Evaluate(Scope scope)
    {
        if (of.Evaluate(scope) is not { } value)
        {
            return null;
        }

        StringBuilder slug = new();
        foreach (char character in Text(value).Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(character) || character is '.' or '_')
            {
                slug.Append(lower ? char.ToLowerInvariant(character) : character);
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark && slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        string text = slug.ToString().TrimEnd('-');
        return text.Length > 0 ? text : scope.Fail(ProblemCode.NotAName, Source, ImportText.Say("NotAName", Text(value)));
    }
}

/// <summary>From one instant to another.</summary>
internal sealed class Between(Expression from, Expression to) : Expression
{
    public override string Source => to.Source;

    public override object? Evaluate(Scope scope) =>
        from.Evaluate(scope) is DateTimeOffset start && to.Evaluate(scope) is DateTimeOffset end ? end - start : null;
}

/// <summary>A number of seconds as a duration.</summary>
internal sealed class Seconds(Expression of) : Expression
{
    public override string Source => of.Source;

    public override object? Evaluate(Scope scope) => of.Evaluate(scope) switch
    {
        null => null,
        double number when Math.Abs(number) < TimeSpan.MaxValue.TotalSeconds / 2 => TimeSpan.FromSeconds(number),
        object other => scope.Fail(ProblemCode.NotANumber, Source, ImportText.Say("NotANumber", Text(other))),
    };
}
