// A ribbon along an arc between two points, of constant width on the screen.
in vec4 p3d_Vertex; // x along, y side
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform samplerBuffer arcs; // three texels each: start and lift, end and flow, colour
uniform vec2 picture_size;
uniform float arc_px;
out vec2 at;          // metres along, -1 to 1 across
flat out float total; // metres
flat out float flow;
flat out vec4 tone;
const float HIGHEST_M = 3.0;

vec3 on_arc(vec3 a, vec3 b, float lift, float t) {
    float height = min(lift * length(b - a), HIGHEST_M);
    return mix(a, b, t) + vec3(0.0, 0.0, 4.0 * t * (1.0 - t) * height);
}

void main() {
    vec4 a = texelFetch(arcs, gl_InstanceID * 3), b = texelFetch(arcs, gl_InstanceID * 3 + 1);
    tone = texelFetch(arcs, gl_InstanceID * 3 + 2);
    flow = b.w;
    total = length(b.xyz - a.xyz) * (1.0 + a.w);
    float t = p3d_Vertex.x;
    vec4 here = p3d_ModelViewProjectionMatrix * vec4(on_arc(a.xyz, b.xyz, a.w, t), 1.0);
    vec4 next = p3d_ModelViewProjectionMatrix * vec4(on_arc(a.xyz, b.xyz, a.w, t + 0.01), 1.0);
    vec2 along = (next.xy / max(next.w, 0.05) - here.xy / max(here.w, 0.05)) * picture_size;
    vec2 across = length(along) > 1e-4 ? normalize(vec2(-along.y, along.x)) : vec2(0.0, 1.0);
    at = vec2(t * total, p3d_Vertex.y);
    here.xy += across * p3d_Vertex.y * arc_px / picture_size * 2.0 * max(here.w, 0.05) * 0.5;
    gl_Position = here;
}
