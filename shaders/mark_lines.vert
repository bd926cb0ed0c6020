// A straight stroke between two points of the scene, of constant width on the screen, or an arrow's head.
in vec4 p3d_Vertex; // x: -1 at the start, 1 at the end; y: to which side
uniform mat4 p3d_ModelViewProjectionMatrix, p3d_ProjectionMatrix;
uniform samplerBuffer mark_lines; // three texels each: start and width, end and flags, colour
uniform vec2 picture_size;
uniform float px_scale;  // pixels of the picture for one at scale 1
uniform vec3 stroke_pass; // how much wider, how strong, 1 for the edge
noperspective out vec2 at; // pixels along and across, from the start
flat out vec4 tone;
flat out float reach, half_px;
flat out int flags;
const int HEAD = 4;
const float NEAREST = 0.05, HEAD_PX = 15.0, EDGE_SOFT_PX = 1.0;
// Lines lie 12 mm and 0.07 % of the distance nearer to the eye than the surfaces on which they are drawn.
const float LIFT_M = 0.012, LIFT_SHARE = 0.0007;
const vec4 NOT_DRAWN = vec4(2.0, 2.0, 2.0, 1.0);

void main() {
    int row = gl_InstanceID * 3;
    vec4 first = texelFetch(mark_lines, row), second = texelFetch(mark_lines, row + 1);
    tone = texelFetch(mark_lines, row + 2);
    flags = int(second.w + 0.5);
    vec4 a = p3d_ModelViewProjectionMatrix * vec4(first.xyz, 1.0);
    vec4 b = p3d_ModelViewProjectionMatrix * vec4(second.xyz, 1.0);
    bool flat_lens = p3d_ProjectionMatrix[3][3] > 0.5;
    if (!flat_lens) {
        if (max(a.w, b.w) < NEAREST || ((flags & HEAD) != 0 && b.w < NEAREST)) {
            gl_Position = NOT_DRAWN;
            return;
        }
        if (a.w < NEAREST) a = mix(a, b, (NEAREST - a.w) / (b.w - a.w));
        if (b.w < NEAREST) b = mix(b, a, (NEAREST - b.w) / (a.w - b.w));
    }
    vec2 half_size = picture_size * 0.5, from = a.xy / a.w * half_size, to = b.xy / b.w * half_size;
    vec2 along = to - from;
    reach = length(along);
    along = reach > 1e-3 ? along / reach : vec2(1.0, 0.0);
    half_px = (first.w * 0.5 + stroke_pass.x) * px_scale;
    float grow = half_px + EDGE_SOFT_PX;
    if ((flags & HEAD) != 0) { // the quad lies about the tip
        float head = HEAD_PX * px_scale;
        half_px = stroke_pass.x * px_scale;
        from = to - along * head;
        reach = head;
        a = b;
        grow = head * 0.45 + half_px + EDGE_SOFT_PX;
    }
    float side = p3d_Vertex.y * grow;
    bool ends = p3d_Vertex.x > 0.0;
    vec2 place = (ends ? to + along * grow : from - along * grow) + vec2(-along.y, along.x) * side;
    at = vec2(ends ? reach + grow : -grow, side);
    vec4 here = ends ? b : a;
    float lift = LIFT_M + LIFT_SHARE * here.w;
    if (flat_lens) here.z += p3d_ProjectionMatrix[2][2] * lift;
    else here.z += p3d_ProjectionMatrix[3][2] * lift / max(here.w, 1e-3);
    gl_Position = vec4(place / half_size * here.w, here.z, here.w);
}
