using System.Globalization;

namespace Ledger.Cli.Import.Mapping;

/// <summary>Yes or no about a row. An absent value is not equal to anything, and never a problem.</summary>
internal abstract class Condition
{
    public abstract bool Holds(Scope scope);
}

internal sealed class All(IReadOnlyList<Condition> parts) : Condition
{
    public override bool Holds(Scope scope) => parts.All(part => part.Holds(scope));
}

internal sealed class Any(IReadOnlyList<Condition> parts) : Condition
{
    public override bool Holds(Scope scope) => parts.Any(part => part.Holds(scope));
}

internal sealed class Not(Condition part) : Condition
{
    public override bool Holds(Scope scope) => !part.Holds(scope);
}

internal enum Comparison
{
    Is,
    StartsWith,
    Contains,
    Below,
    Above,
}

internal sealed class Present(Expression value, bool expected) : Condition
{
    public override bool Holds(Scope scope) => Expression.IsAbsent(value.Evaluate(scope)) != expected;
}

internal sealed class OneOf(Expression value, IReadOnlySet<string> allowed) : Condition
{
    public override bool Holds(Scope scope) => value.Evaluate(scope) is { } found && allowed.Contains(Expression.Text(found));
}

internal sealed class Compare(Expression left, Comparison comparison, Expression right) : Condition
{
    public override bool Holds(Scope scope)
    {
        object? a = left.Evaluate(scope);
        object? b = right.Evaluate(scope);
        if (Expression.IsAbsent(a) || Expression.IsAbsent(b))
        {
            return false;
        }

        return comparison switch
        {
            Comparison.Is => string.Equals(Expression.Text(a), Expression.Text(b), StringComparison.Ordinal),
            Comparison.StartsWith => Expression.Text(a).StartsWith(Expression.Text(b), StringComparison.Ordinal),
            Comparison.Contains => Expression.Text(a).Contains(Expression.Text(b), StringComparison.Ordinal),
            Comparison.Below => Order(a, b) < 0,
            _ => Order(a, b) > 0,
        };
    }

    // Numbers with numbers, instants with instants; anything else is neither below nor above.
    private static int Order(object? a, object? b) => (a, b) switch
    {
        (DateTimeOffset first, DateTimeOffset second) => first.CompareTo(second),
        (TimeSpan first, TimeSpan second) => first.CompareTo(second),
        (long or double, long or double) => Number(a).CompareTo(Number(b)),
        _ => 0,
    };

    private static double Number(object? value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
