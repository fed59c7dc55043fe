using FluentAssertions;
using Ledger.Api.Access;
using Ledger.Tests;
using Xunit;

namespace Ledger.Api.Tests.Access;

public sealed class AccessReferenceTests
{
    [Fact]
    public void AccessPage_AgainstTheTable_IsUpToDate() =>
        Repository.Stale("docs/access.md", AccessReference.Write(), "AccessReference").Should().BeNull();

    [Fact]
    public void AccessPage_NamesEveryMethodOnce()
    {
        string page = AccessReference.Write();
        foreach (AccessRow row in AccessTable.Rows)
        {
            string shown = row.Method.StartsWith("ledger.v1.", StringComparison.Ordinal) ? row.Method["ledger.v1.".Length..] : row.Method;
            page.Split(row.Page is { } route ? row.IsPublic ? $"- `{route.French}`, `{route.English}`\n" : $"| `{route.French}`<br>`{route.English}` |" : row.IsPublic ? $"- `{row.Method}`\n" : $"| `{shown.Replace('/', '.')}` |").Should().HaveCount(2, row.Method);
        }
    }

    [Fact]
    public void EveryScope_HasAName() => Enum.GetValues<Scope>().Select(AccessReference.NameOf).Should().OnlyHaveUniqueItems();
}
